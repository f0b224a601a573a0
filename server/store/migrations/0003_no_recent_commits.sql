-- PostgreSQL itself knows whether a transaction was committed (pg_xact_status), so commits leave no trace of their own.
-- A process of an earlier version that still runs beside this one cannot save any more, and tells people so: nothing that
-- they were told is saved gets lost, and phones are served as before.
drop table doorwise.recent_commit;
