-- What clusters/get shows of the last try to deliver the cluster's logs; NULL = there was none.
ALTER TABLE clusters ADD COLUMN cluster_log_status jsonb;
