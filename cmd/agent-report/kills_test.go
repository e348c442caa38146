package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"agentreport/bot/fakeslack"
	"agentreport/reports"
	"agentreport/reports/sample"
	"agentreport/store"
	"agentreport/store/sqlite"
)

// killsEnv says how many processes TestKills kills.
const killsEnv = "AGENT_REPORT_KILLS"

// passingFaults are what a Slack that is unwell does now and then. None of them is an
// answer that ends a delivery.
var passingFaults = []fakeslack.Fault{
	{RetryAfter: time.Second},
	{Status: 429},
	{Status: 500},
	{Status: 503, AfterWork: true},
	{Reset: true},
	{Reset: true, AfterWork: true},
	{Empty: true, AfterWork: true},
	{Body: `{"ok":tr`, AfterWork: true},
	{Error: "internal_error"},
	{Error: "ratelimited"},
	{Hang: true, AfterWork: true},
}

// unwell is a stand-in that does one thing in twelve badly while servers are killed.
type unwell struct {
	*fakeslack.Server
	mu   sync.Mutex
	rand *rand.Rand
	hurt int
	calm bool // it does everything well
}

func (u *unwell) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if method, ok := strings.CutPrefix(r.URL.Path, "/api/"); ok {
		u.mu.Lock()
		if !u.calm && u.rand.IntN(12) == 0 {
			u.hurt++
			u.Fail(method, passingFaults[u.rand.IntN(len(passingFaults))])
		}
		u.mu.Unlock()
	}
	u.Server.ServeHTTP(w, r)
}

// keys are how often each digest is in the channels, and each thread.
func (u *unwell) keys(channels []string) map[string]int {
	n := map[string]int{}
	for _, c := range channels {
		for _, m := range u.Messages(c) {
			var meta struct {
				Payload struct{ Key string } `json:"event_payload"`
			}
			if json.Unmarshal(m.Metadata, &meta) == nil && meta.Payload.Key != "" {
				n[meta.Payload.Key]++
			}
		}
	}
	return n
}

// digests is how many digests are in the channels.
func (u *unwell) digests(channels []string) (n int) {
	for key := range u.keys(channels) {
		if !strings.HasSuffix(key, "/thread") {
			n++
		}
	}
	return n
}

// TestKills kills two real servers on one store again and again while they deliver
// digests through a stand-in that is unwell, and holds that there is exactly one of each, and of each
// thread.
func TestKills(t *testing.T) {
	kills, _ := strconv.Atoi(os.Getenv(killsEnv))
	if kills == 0 {
		t.Skipf("takes minutes: %s=200 runs it", killsEnv)
	}
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	slack := &unwell{Server: fakeslack.New(nil), rand: rand.New(rand.NewPCG(seed, 1))}
	slack.FileDelay = 0
	front := httptest.NewServer(slack)
	defer front.Close()
	slack.URL = front.URL
	var channels []string
	for i := range 8 {
		id := fmt.Sprintf("C00000001%02d", i)
		channels = append(channels, id)
		slack.Change(id, func(c *fakeslack.Channel) { c.BotIsMember = true })
	}

	dir := t.TempDir()
	rules := reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow}
	backend, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Close()
	s, err := store.Open(t.Context(), backend, rules)
	if err != nil {
		t.Fatal(err)
	}
	var events []reports.Event
	for e := range sample.Events(sample.Options{Seed: 1, Weeks: 6, Conversations: 60, Until: time.Now()}) {
		events = append(events, e)
	}
	if _, err := s.Record(t.Context(), events); err != nil {
		t.Fatal(err)
	}

	digests := 0
	schedule := func() { // three more digests, due just now
		for range 3 {
			due := time.Now().UTC().Add(-time.Minute)
			sub := reports.Subscription{
				ID: fmt.Sprintf("s%03d", digests), Channel: channels[digests%len(channels)], Zone: "UTC", Language: "en", Definition: "standard", CreatedBy: demoEditor,
				Schedule: fmt.Sprintf("%d %d * * %s", due.Minute(), due.Hour(), due.Weekday().String()[:3]), CreatedAt: due.Add(-time.Hour), ActiveAt: due.Add(-time.Hour),
			}
			if err := s.AddSubscription(t.Context(), sub, "test"); err != nil {
				t.Fatal(err)
			}
			digests++
		}
	}
	var logs [2]bytes.Buffer
	start := func(i int) *exec.Cmd {
		cmd := program("serve")
		cmd.Env = append(cmd.Env, "AGENT_REPORT_DATA="+dir, "AGENT_REPORT_LISTEN=127.0.0.1:0",
			"SLACK_BOT_TOKEN="+fakeslack.BotToken, "SLACK_API_URL="+front.URL+"/api/")
		cmd.Stderr = &logs[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	schedule()
	servers := [2]*exec.Cmd{start(0), start(1)}
	defer func() {
		for _, c := range servers {
			c.Process.Kill()
			c.Wait()
		}
	}()
	pauses := rand.New(rand.NewPCG(seed, 2))
	for n := range kills {
		schedule()
		// Anywhere in what a server does: its start, the claim, the pictures, the post.
		pause := time.NewTimer(time.Duration(200+pauses.IntN(3000)) * time.Millisecond)
		select {
		case <-pause.C:
		case <-t.Context().Done():
			return
		}
		servers[n%2].Process.Kill()
		servers[n%2].Wait()
		logs[n%2].Reset()
		servers[n%2] = start(n % 2)
	}

	slack.mu.Lock()
	slack.calm = true
	slack.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	if err := slack.Await(ctx, func() bool { return slack.digests(channels) == digests }); err != nil {
		t.Errorf("only %d of %d digests came: %s%s", slack.digests(channels), digests, logs[0].String(), logs[1].String())
	}
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for open := []reports.Delivery{{}}; len(open) > 0; {
		if open, err = s.OpenDeliveries(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("deliveries are not done: %+v", open)
		}
	}
	for key, n := range slack.keys(channels) {
		if n != 1 {
			d, _, _ := s.Delivery(t.Context(), key)
			t.Errorf("%s is there %d times: %+v", key, n, d.Steps)
		}
	}
	list, err := s.Deliveries(t.Context(), 0)
	if err != nil || len(list) != digests {
		t.Errorf("%d deliveries, %v; want %d", len(list), err, digests)
	}
	taken := 0
	for _, d := range list {
		if d.State != reports.Posted {
			t.Errorf("%s: %s: %+v", d.ID, d.State, d.Steps)
		}
		for _, step := range d.Steps {
			if step.What == "taken over" {
				taken++
			}
		}
	}
	if threads := len(slack.keys(channels)) - digests; threads != digests {
		t.Errorf("%d threads; want one under each of %d digests", threads, digests)
	}
	t.Logf("%d kills, %d faults: %d digests and as many threads, each once; %d deliveries were taken over", kills, slack.hurt, digests, taken)
}
