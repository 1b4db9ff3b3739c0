-- A worker's side of the pages of its driver.

-- What was asked of it since it last looked.
CREATE OR REPLACE FUNCTION take_spark_pages(asked_worker text) RETURNS TABLE (request_id bigint, target text, base text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE spark_pages p SET taken = true
    WHERE p.worker_id = asked_worker AND NOT p.taken AND is_own_worker(asked_worker)
    RETURNING p.request_id, p.target, p.base
$$;

CREATE OR REPLACE FUNCTION answer_spark_page(answering_worker text, of_request bigint, made text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE spark_pages p SET response = made
    WHERE p.request_id = of_request AND p.worker_id = answering_worker AND p.taken AND is_own_worker(answering_worker)
$$;
