"""What comes in from elsewhere than IRC: alerts, and who is on call.

The hard part is that it comes from programs nobody here wrote, at any time and in any amount, while
the bot must answer a PING. Alerts are taken by a small server in the bot's loop (listener.py), read
by alerts.py, and put on record by the engine before they are acknowledged. Calendars are read in a
process of their own (calendars.py), and what they say is kept up by a thread (rotas.py). Knows no
rule.
"""
