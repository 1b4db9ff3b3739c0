// River behind the few routes that bench/run asks of a queue library (bench/README.md, "Peers").
// The database is that of the PG* variables. Prints its port; ends by SIGTERM.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

type noopArgs struct {
	Text string `json:"text"`
}

func (noopArgs) Kind() string { return "noop" }

type noopWorker struct {
	river.WorkerDefaults[noopArgs]
}

func (*noopWorker) Work(context.Context, *river.Job[noopArgs]) error { return nil }

type queue struct {
	pool    *pgxpool.Pool
	insert  *river.Client[pgx.Tx]
	mutex   sync.Mutex
	waiting map[int64]chan struct{}
	working *river.Client[pgx.Tx]
	cancel  func()
}

func newClient(pool *pgxpool.Pool, config *river.Config) *river.Client[pgx.Tx] {
	workers := river.NewWorkers()
	river.AddWorker(workers, &noopWorker{})
	config.Workers = workers
	config.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	client, err := river.NewClient(riverpgxv5.New(pool), config)
	if err != nil {
		log.Fatal(err)
	}
	return client
}

// What the first example of its documentation gives, and what its own benchmark (`river bench`) does.
func forLatency() *river.Config {
	return &river.Config{Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 100}}}
}

func forThroughput() *river.Config {
	return &river.Config{
		FetchCooldown:     2 * time.Millisecond,
		FetchPollInterval: 20 * time.Millisecond,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2_000}},
	}
}

func (q *queue) start(config *river.Config) (<-chan *river.Event, error) {
	q.working = newClient(q.pool, config)
	events, cancel := q.working.SubscribeConfig(&river.SubscribeConfig{
		ChanSize: 100_000, Kinds: []river.EventKind{river.EventKindJobCompleted}})
	q.cancel = cancel
	return events, q.working.Start(context.Background())
}

func (q *queue) stop() error {
	if q.working == nil {
		return nil
	}
	err := q.working.Stop(context.Background())
	q.cancel()
	q.working = nil
	return err
}

// River tells of a completed job once its row says so.
func (q *queue) tellWaiters(events <-chan *river.Event) {
	for event := range events {
		q.mutex.Lock()
		if done, ok := q.waiting[event.Job.ID]; ok {
			close(done)
			delete(q.waiting, event.Job.ID)
		} else {
			done := make(chan struct{})
			close(done)
			q.waiting[event.Job.ID] = done
		}
		q.mutex.Unlock()
	}
}

func (q *queue) untilCompleted(id int64) {
	q.mutex.Lock()
	done, ok := q.waiting[id]
	if ok {
		delete(q.waiting, id)
	} else {
		done = make(chan struct{})
		q.waiting[id] = done
	}
	q.mutex.Unlock()
	<-done
}

type answer map[string]any

func (q *queue) enqueue(context context.Context) (int64, error) {
	result, err := q.insert.Insert(context, noopArgs{Text: "hello"}, nil)
	if err != nil {
		return 0, err
	}
	return result.Job.ID, nil
}

func (q *queue) serve(request *http.Request) (answer, error) {
	count, _ := strconv.Atoi(request.URL.Query().Get("count"))
	switch request.URL.Path {
	case "/start":
		events, err := q.start(forLatency())
		go q.tellWaiters(events)
		return answer{}, err
	case "/stop":
		return answer{}, q.stop()
	case "/forget":
		_, err := q.pool.Exec(request.Context(), "TRUNCATE river_job")
		return answer{}, err
	case "/enqueue":
		id, err := q.enqueue(request.Context())
		return answer{"run_id": id}, err
	case "/run":
		id, err := q.enqueue(request.Context())
		if err == nil {
			q.untilCompleted(id)
		}
		return answer{"run_id": id}, err
	case "/fill":
		jobs := make([]river.InsertManyParams, count)
		for i := range jobs {
			jobs[i].Args = noopArgs{Text: "hello"}
		}
		_, err := q.insert.InsertManyFast(request.Context(), jobs)
		return answer{}, err
	case "/drain":
		began := time.Now()
		events, err := q.start(forThroughput())
		if err != nil {
			return nil, err
		}
		for left := count; left > 0; left-- {
			<-events
		}
		seconds := time.Since(began).Seconds()
		return answer{"seconds": seconds}, q.stop()
	}
	return nil, errors.New("unknown route " + request.URL.Path)
}

func (q *queue) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	object, err := q.serve(request)
	status := http.StatusOK
	if err != nil {
		status, object = http.StatusInternalServerError, answer{"error": err.Error()}
	}
	body, _ := json.Marshal(object)
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	response.Write(body)
}

func main() {
	context := context.Background()
	pool, err := pgxpool.New(context, "pool_max_conns=25")
	if err != nil {
		log.Fatal(err)
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		log.Fatal(err)
	}
	if _, err = migrator.Migrate(context, rivermigrate.DirectionUp, nil); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, &queue{pool: pool, insert: newClient(pool, &river.Config{}), waiting: map[int64]chan struct{}{}}))
}
