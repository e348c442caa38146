package webhook

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"agentreport/reports"
)

// shelf keeps answers that are yet to be told.
type shelf struct {
	mu     sync.Mutex
	untold []reports.Answer
}

func (s *shelf) put(list ...reports.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.untold = append(s.untold, list...)
}

func (s *shelf) TellAnswers(_ context.Context, tell func(reports.Answer) error) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []reports.Answer
	for _, a := range s.untold {
		if e := tell(a); e != nil {
			left, err = append(left, a), errors.Join(err, e)
			continue
		}
		n++
	}
	s.untold = left
	return n, err
}

// receiver answers messages without a socket, so that the time of a test can stand still.
type receiver func(id string) (status int, err error)

func (r receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	body := make([]byte, req.ContentLength)
	req.Body.Read(body)
	_, rest, _ := strings.Cut(string(body), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	status, err := r(id)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: http.NoBody}, nil
}

// TestOutbox holds that one answer which is never taken keeps none of the others, that it
// is tried less and less often, and that a receiver that is away is asked once, not once
// for every answer.
func TestOutbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, err := New("https://agent.example", secret)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex // the outbox goes on while the test looks
		asked, told := map[string]int{}, 0
		looks := func(f func()) {
			mu.Lock()
			defer mu.Unlock()
			f()
		}
		var away atomic.Bool
		h.http.Transport = receiver(func(id string) (int, error) {
			looks(func() { asked[id]++ })
			switch {
			case away.Load():
				return 0, errors.New("connection refused")
			case id == "bad":
				return http.StatusUnprocessableEntity, nil
			}
			return http.StatusOK, nil
		})
		s := &shelf{}
		s.put(reports.Answer{ID: "bad"}, reports.Answer{ID: "good"})
		o := &Outbox{Hook: h, Store: s, Log: slog.New(slog.DiscardHandler), Told: func(n int, _ error) { looks(func() { told += n }) }}
		ctx, stop := context.WithCancel(t.Context())
		go o.Run(ctx)
		time.Sleep(time.Hour + time.Second)
		synctest.Wait()
		looks(func() {
			if told != 1 || asked["good"] != 1 || asked["bad"] < 12 || asked["bad"] > 25 {
				t.Errorf("told %d, asked %v; want the good one once, the bad one now and then", told, asked)
			}
		})
		s.put(reports.Answer{ID: "new"})
		time.Sleep(2 * lookEvery)
		synctest.Wait()
		looks(func() {
			if asked["new"] != 1 || told != 2 {
				t.Errorf("a new answer was told %d times in the shadow of a bad one; want once, soon", asked["new"])
			}
		})
		away.Store(true)
		s.put(reports.Answer{ID: "a"}, reports.Answer{ID: "b"}, reports.Answer{ID: "c"})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		looks(func() {
			if n := asked["a"] + asked["b"] + asked["c"]; n > 12 {
				t.Errorf("asked %d times in ten minutes while it was away", n)
			}
		})
		away.Store(false)
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		stop()
		synctest.Wait()
		if len(s.untold) != 1 {
			t.Errorf("%d are left after it came back; want the bad one", len(s.untold))
		}
	})
}
