package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentreport/reports"
	"agentreport/reports/topics"
	"agentreport/store"
)

// Fill puts something of every kind into a store that is empty: what a recorded
// store of each schema holds.
func Fill(ctx context.Context, s *store.Store) error {
	s.SetClock(func() time.Time { return Now })
	list := append(Events(rand.New(rand.NewPCG(7, 7)), 30), asked(6)...)
	_, err := s.Record(ctx, list)
	do := func(f func() error) {
		if err == nil {
			err = f()
		}
	}
	decide := func(e topics.Entry) {
		do(func() error {
			return s.Decide(ctx, func(*topics.State) (topics.Entry, error) { return e, nil })
		})
	}
	do(func() error { _, err := s.Group(ctx, nil); return err })
	decide(topics.Entry{Kind: topics.Renamed, Topic: 1, Name: "Late parcels", By: "U1"})
	decide(topics.Entry{Kind: topics.Dismissed, Questions: []string{asked(6)[5].Key()}, Reason: "spam", By: "U2"})
	do(func() error {
		return s.AddAnswer(ctx, reports.Answer{ID: "a1", Topic: 1, Question: "Where is it?", Text: "Under way.", CreatedBy: "U1", CreatedAt: Now})
	})
	do(func() error {
		return s.AddSubscription(ctx, reports.Subscription{ID: "team", Channel: "C1", Schedule: "0 9 * * MON", Zone: "UTC", Language: "en", CreatedAt: Now}, "U1")
	})
	do(func() error {
		_, err := s.InsertDelivery(ctx, reports.Delivery{ID: "team 2025-W38", Subscription: "team", Week: "2025-W38", Channel: "C1", Due: Start, State: reports.Posted, Quoted: []string{"shop/c1"}})
		return err
	})
	do(func() error {
		_, err := s.CreateToken(ctx, "desk", "desk", []reports.Scope{reports.ScopeIngest})
		return err
	})
	do(func() error { _, err := s.EraseVisitor(ctx, "", "visitor-3"); return err })
	do(func() error { return s.Settle(ctx, Now, nil) })
	return err
}

// filled is what Fill put in, as whoever opens the store reads it.
const filled = `answer a1: Where is it? Under way. by U1
subscription team: C1 0 9 * * MON
delivery team 2025-W38: posted
token desk: [ingest]
change questions.dismissed by U2: spam
change topic.renamed by U1: Late parcels`

// describe reads what Fill put in.
func describe(t *testing.T, s *store.Store) string {
	t.Helper()
	ctx := context.Background()
	var lines []string
	say := func(err error, format string, args ...any) {
		if err != nil {
			t.Fatal(err)
		}
		if format != "" {
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	}
	answers, err := s.Answers(ctx)
	say(err, "")
	for _, a := range answers {
		say(nil, "answer %s: %s %s by %s", a.ID, a.Question, a.Text, a.CreatedBy)
	}
	subs, err := s.Subscriptions(ctx)
	say(err, "")
	for _, x := range subs {
		say(nil, "subscription %s: %s %s", x.ID, x.Channel, x.Schedule)
	}
	deliveries, err := s.Deliveries(ctx, 0)
	say(err, "")
	for _, d := range deliveries {
		say(nil, "delivery %s: %s", d.ID, d.State)
	}
	tokens, err := s.Tokens(ctx)
	say(err, "")
	for _, x := range tokens {
		say(nil, "token %s: %v", x.Name, x.Scopes)
	}
	changes, err := s.Changes(ctx, 0, 0)
	say(err, "")
	for _, c := range changes {
		if strings.HasPrefix(string(c.What), "topic.") || strings.HasPrefix(string(c.What), "question") {
			say(nil, "change %s by %s: %s", c.What, c.By, c.After)
		}
	}
	return strings.Join(lines, "\n")
}

// TestEarlierVersions opens a store of each schema that the program ever had: the
// files that a pattern names, each as open brings it to a backend.
func TestEarlierVersions(t *testing.T, pattern string, open func(t *testing.T, file string) store.Backend) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) < 3 {
		t.Fatalf("%d recorded stores, %v; want one of each version", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { testEarlier(t, open(t, file)) })
	}
}

// testEarlier opens a store that an earlier version of the program filled, with
// Fill, and uses it: nothing that was sent or set up is lost, every figure is that
// of its events, and it goes on.
func testEarlier(t *testing.T, b store.Backend) {
	ctx := context.Background()
	s, err := store.Open(ctx, b, Rules)
	var rules *store.RulesError
	if errors.As(err, &rules) {
		if !strings.Contains(err.Error(), "agent-report rebuild") {
			t.Errorf("Open says %q; want what to do", err)
		}
		if s, err = store.OpenUnchecked(ctx, b, Rules); err == nil {
			err = s.Rebuild(ctx, nil)
		}
		if err == nil {
			s, err = store.Open(ctx, b, Rules)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	s.SetClock(func() time.Time { return Now })
	if d := cmp.Diff(filled, describe(t, s)); d != "" {
		t.Errorf("what was set up (-want +got):\n%s", d)
	}
	list := exportedEvents(t, s)
	if want := len(Events(rand.New(rand.NewPCG(7, 7)), 30)) + 6; len(list) != want {
		t.Errorf("%d events; want the %d that were sent", len(list), want)
	}
	holds(t, s, list, Now)
	table, total, err := s.Topics(ctx, topics.Filter{Limit: 10})
	if err != nil || total == 0 || table[0].Name == "" {
		t.Errorf("Topics = %+v, %d, %v; want some", table, total, err)
	}
	more := Events(rand.New(rand.NewPCG(8, 8)), 10)
	for i := range more {
		more[i].ID += "-more"
	}
	if rec, err := s.Record(ctx, more); err != nil || rec.Accepted != len(more) {
		t.Errorf("Record = %+v, %v; want all", rec, err)
	}
	gone := reports.Event{ID: "late", Source: "shop", Conversation: erasedConversation(t, s), Type: reports.Message, Actor: reports.Visitor, At: Start, Text: Secret}
	if _, err := s.Record(ctx, []reports.Event{gone}); err != nil {
		t.Fatal(err)
	}
	holds(t, s, exportedEvents(t, s), Now)
	for _, e := range exportedEvents(t, s) {
		if e.ID == "late" && e.Text != "" {
			t.Error("what comes for an erased conversation is stored with its text")
		}
	}
	if n, err := s.TellAnswers(ctx, func(reports.Answer) error { return nil }); err != nil || n != 1 {
		t.Errorf("TellAnswers = %d, %v; want the answer that nobody was told of", n, err)
	}
	verified(t, s, 0)
}

// exportedEvents are the events of a store.
func exportedEvents(t *testing.T, s *store.Store) []reports.Event {
	t.Helper()
	var file bytes.Buffer
	if _, err := s.Export(context.Background(), &file, nil); err != nil {
		t.Fatal(err)
	}
	var list []reports.Event
	for line := range bytes.Lines(file.Bytes()) {
		var doc struct {
			Collection string `json:"collection"`
			Body       struct {
				Event reports.Event `json:"event"`
			} `json:"body"`
		}
		if err := json.Unmarshal(line, &doc); err == nil && doc.Collection == "events" {
			list = append(list, doc.Body.Event)
		}
	}
	return list
}

// erasedConversation is the id of a conversation of the shop that Fill erased.
func erasedConversation(t *testing.T, s *store.Store) string {
	t.Helper()
	for _, e := range exportedEvents(t, s) {
		if e.Source != "shop" || !e.IsStripped() {
			continue
		}
		x, err := s.Explain(context.Background(), "shop", e.Conversation)
		if err != nil {
			t.Fatal(err)
		}
		if x[0].Erased {
			return e.Conversation
		}
	}
	t.Fatal("nothing is erased")
	return ""
}
