"""What comes in from outside IRC: alerts, and who is on call.

The hard part is that it comes from programs nobody here wrote, at any time and in any amount, while
the bot must answer a PING. A small server in the bot's loop takes alerts (listener.py); alerts.py
reads them, and the engine records them before they are acknowledged. Calendars are read in a
process of their own (calendars.py), and a thread keeps their contents up to date (rotas.py). Knows
no rule.
"""
