"""Several machines for one record: one answers, the others stand by.

    lease       a lease as a value: what its holder may still believe
    tenure      asks for the lease, renews it, gives it away; says when we may speak
    overheard   the lines that a standby has heard and not yet seen on record
    handler     the engine on networks, answering or standing by
    shares      which machine answers for which of many organisations

The database alone decides who holds the lease (store/postgresql.py); here is what a machine does
about it. The hard part is that a machine may pause, be cut off or lose its clock at any point and
then go on as if nothing had happened. What always holds:

- Two machines never speak at the same time. The holder stops speaking when two thirds of the `ttl`
  have passed since it *sent* the last renewal that was granted; the database gives the lease to
  another machine only when a whole `ttl` has passed since that renewal arrived.
- Two machines never record at the same time: each write names its epoch, and the database refuses
  an old one. The holder learns of it by Superseded.
- No line is lost or recorded twice by a take-over. Every machine hears the same lines; a standby
  keeps each until it is on record, and the new holder hears only the rest.
- No clock is compared with another machine's. Times are seconds of a machine's own monotonic clock.

Ruled out: electing a leader among the machines (the database is needed anyway, and can decide),
fencing by time alone (a paused process would write), handing lines from one machine to the other
(the old holder may be gone; the network gives them to both).
"""
