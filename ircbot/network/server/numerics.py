"""The numbers that the server answers with, and the usual words of its refusals.

Names and numbers as in RFC 1459, RFC 2812 and the IRCv3 specifications (defs.ircdocs.horse).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Numeric(StrEnum):
    """One numeric reply."""

    RPL_WELCOME = "001"
    RPL_YOURHOST = "002"
    RPL_CREATED = "003"
    RPL_MYINFO = "004"
    RPL_ISUPPORT = "005"
    RPL_UMODEIS = "221"
    RPL_LUSERCLIENT = "251"
    RPL_LUSEROP = "252"
    RPL_LUSERCHANNELS = "254"
    RPL_LUSERME = "255"
    RPL_LOCALUSERS = "265"
    RPL_GLOBALUSERS = "266"
    RPL_AWAY = "301"
    RPL_USERHOST = "302"
    RPL_ISON = "303"
    RPL_UNAWAY = "305"
    RPL_NOWAWAY = "306"
    RPL_WHOISUSER = "311"
    RPL_WHOISSERVER = "312"
    RPL_WHOISOPERATOR = "313"
    RPL_WHOWASUSER = "314"
    RPL_ENDOFWHO = "315"
    RPL_WHOISIDLE = "317"
    RPL_ENDOFWHOIS = "318"
    RPL_WHOISCHANNELS = "319"
    RPL_LISTSTART = "321"
    RPL_LIST = "322"
    RPL_LISTEND = "323"
    RPL_CHANNELMODEIS = "324"
    RPL_CREATIONTIME = "329"
    RPL_WHOISACCOUNT = "330"
    RPL_NOTOPIC = "331"
    RPL_TOPIC = "332"
    RPL_TOPICWHOTIME = "333"
    RPL_WHOISBOT = "335"
    RPL_INVITING = "341"
    RPL_VERSION = "351"
    RPL_WHOREPLY = "352"
    RPL_NAMREPLY = "353"
    RPL_WHOSPCRPL = "354"
    RPL_ENDOFNAMES = "366"
    RPL_BANLIST = "367"
    RPL_ENDOFBANLIST = "368"
    RPL_ENDOFWHOWAS = "369"
    RPL_INFO = "371"
    RPL_MOTD = "372"
    RPL_ENDOFINFO = "374"
    RPL_MOTDSTART = "375"
    RPL_ENDOFMOTD = "376"
    RPL_TIME = "391"
    RPL_HOSTHIDDEN = "396"
    ERR_UNKNOWNERROR = "400"
    ERR_NOSUCHNICK = "401"
    ERR_NOSUCHCHANNEL = "403"
    ERR_CANNOTSENDTOCHAN = "404"
    ERR_TOOMANYCHANNELS = "405"
    ERR_WASNOSUCHNICK = "406"
    ERR_TOOMANYTARGETS = "407"
    ERR_NOORIGIN = "409"
    ERR_INVALIDCAPCMD = "410"
    ERR_NORECIPIENT = "411"
    ERR_NOTEXTTOSEND = "412"
    ERR_INPUTTOOLONG = "417"
    ERR_UNKNOWNCOMMAND = "421"
    ERR_NOMOTD = "422"
    ERR_NONICKNAMEGIVEN = "431"
    ERR_ERRONEUSNICKNAME = "432"
    ERR_NICKNAMEINUSE = "433"
    ERR_UNAVAILRESOURCE = "437"
    ERR_USERNOTINCHANNEL = "441"
    ERR_NOTONCHANNEL = "442"
    ERR_USERONCHANNEL = "443"
    ERR_NOTREGISTERED = "451"
    ERR_NEEDMOREPARAMS = "461"
    ERR_ALREADYREGISTERED = "462"
    ERR_PASSWDMISMATCH = "464"
    ERR_YOUREBANNEDCREEP = "465"
    ERR_CHANNELISFULL = "471"
    ERR_UNKNOWNMODE = "472"
    ERR_INVITEONLYCHAN = "473"
    ERR_BANNEDFROMCHAN = "474"
    ERR_BADCHANNELKEY = "475"
    ERR_BADCHANMASK = "476"
    ERR_NEEDREGGEDNICK = "477"
    ERR_BANLISTFULL = "478"
    ERR_CHANOPRIVSNEEDED = "482"
    ERR_UMODEUNKNOWNFLAG = "501"
    ERR_USERSDONTMATCH = "502"
    RPL_WHOISSECURE = "671"
    RPL_MONONLINE = "730"
    RPL_MONOFFLINE = "731"
    RPL_MONLIST = "732"
    RPL_ENDOFMONLIST = "733"
    ERR_MONLISTFULL = "734"
    RPL_LOGGEDIN = "900"
    RPL_LOGGEDOUT = "901"
    ERR_NICKLOCKED = "902"
    RPL_SASLSUCCESS = "903"
    ERR_SASLFAIL = "904"
    ERR_SASLTOOLONG = "905"
    ERR_SASLABORTED = "906"
    ERR_SASLALREADY = "907"
    RPL_SASLMECHS = "908"


WORDS: Final = {
    Numeric.ERR_UNKNOWNERROR: "This server failed at that command; its log says why",
    Numeric.ERR_NOSUCHNICK: "No such nick/channel",
    Numeric.ERR_NOSUCHCHANNEL: "No such channel",
    Numeric.ERR_CANNOTSENDTOCHAN: "Cannot send to channel",
    Numeric.ERR_TOOMANYCHANNELS: "You have joined too many channels",
    Numeric.ERR_WASNOSUCHNICK: "There was no such nickname",
    Numeric.ERR_TOOMANYTARGETS: "Too many targets",
    Numeric.ERR_NOORIGIN: "No origin specified",
    Numeric.ERR_INVALIDCAPCMD: "Invalid CAP subcommand",
    Numeric.ERR_NORECIPIENT: "No recipient given",
    Numeric.ERR_NOTEXTTOSEND: "No text to send",
    Numeric.ERR_INPUTTOOLONG: "Input line was too long",
    Numeric.ERR_UNKNOWNCOMMAND: "Unknown command",
    Numeric.ERR_NOMOTD: "There is no message of the day",
    Numeric.ERR_NONICKNAMEGIVEN: "No nickname given",
    Numeric.ERR_ERRONEUSNICKNAME: "Erroneous nickname",
    Numeric.ERR_NICKNAMEINUSE: "Nickname is already in use",
    Numeric.ERR_UNAVAILRESOURCE: "Nick/channel is temporarily unavailable",
    Numeric.ERR_USERNOTINCHANNEL: "They are not on that channel",
    Numeric.ERR_NOTONCHANNEL: "You are not on that channel",
    Numeric.ERR_USERONCHANNEL: "is already on channel",
    Numeric.ERR_NOTREGISTERED: "You have not registered",
    Numeric.ERR_NEEDMOREPARAMS: "Not enough parameters",
    Numeric.ERR_ALREADYREGISTERED: "You are already registered",
    Numeric.ERR_PASSWDMISMATCH: "Password incorrect",
    Numeric.ERR_YOUREBANNEDCREEP: "You are banned from this server",
    Numeric.ERR_CHANNELISFULL: "Cannot join channel (+l)",
    Numeric.ERR_UNKNOWNMODE: "is an unknown mode to this server",
    Numeric.ERR_INVITEONLYCHAN: "Cannot join channel (+i)",
    Numeric.ERR_BANNEDFROMCHAN: "Cannot join channel (+b)",
    Numeric.ERR_BADCHANNELKEY: "Cannot join channel (+k)",
    Numeric.ERR_BADCHANMASK: "Invalid channel name",
    Numeric.ERR_NEEDREGGEDNICK: "You need to be identified to a registered account",
    Numeric.ERR_BANLISTFULL: "Channel ban list is full",
    Numeric.ERR_CHANOPRIVSNEEDED: "You are not a channel operator",
    Numeric.ERR_UMODEUNKNOWNFLAG: "Unknown user mode",
    Numeric.ERR_USERSDONTMATCH: "Cannot change or view modes of other users",
    Numeric.ERR_MONLISTFULL: "Monitor list is full",
    Numeric.ERR_NICKLOCKED: "You must use a nick assigned to you",
    Numeric.ERR_SASLFAIL: "SASL authentication failed",
    Numeric.ERR_SASLTOOLONG: "SASL message too long",
    Numeric.ERR_SASLABORTED: "SASL authentication aborted",
    Numeric.ERR_SASLALREADY: "You have already authenticated using SASL",
}
"""The usual words of each refusal."""
