package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"agentreport/reports"
	"agentreport/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func openStore(t *testing.T, b store.Backend) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), b, Rules)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var everyDay = reports.Range{From: "2025-01-01", To: "2026-01-01"}

// holds compares the store's figures at a moment with those of the events.
func holds(t *testing.T, s *store.Store, list []reports.Event, now time.Time) {
	t.Helper()
	holdsUnder(t, s, Rules, list, now)
}

func holdsUnder(t *testing.T, s *store.Store, rules reports.Rules, list []reports.Event, now time.Time) {
	t.Helper()
	days, err := s.Days(context.Background(), everyDay, now)
	if err != nil {
		t.Fatal(err)
	}
	if d := diffDays(talliesUnder(rules, list, now), days); d != "" {
		t.Errorf("figures at %s (-want +got):\n%s", now.Format(time.RFC3339), d)
	}
}

// walked counts how often conversations are read by their day.
type walked struct {
	store.Backend
	walks int
}

func (w *walked) Find(ctx context.Context, c *store.Collection, q store.Query) ([]store.Doc, error) {
	if c.Name == "conversations" && q.Index == "day" {
		w.walks++
	}
	return w.Backend.Find(ctx, c, q)
}

// cohortsOf are the cohorts that events give, computed without a store.
func cohortsOf(list []reports.Event) []reports.DayCohorts {
	conversations := map[string][]reports.Event{}
	for _, e := range list {
		conversations[e.ConversationKey()] = append(conversations[e.ConversationKey()], e)
	}
	var sessions []reports.SessionCourse
	days := map[reports.Day]bool{}
	for _, events := range conversations {
		for _, s := range Rules.Courses(events) {
			sessions = append(sessions, s)
			days[reports.DayOf(s.StartedAt, Rules.Zone)] = true
		}
	}
	var out []reports.DayCohorts
	for _, day := range slices.Sorted(maps.Keys(days)) {
		out = append(out, Rules.Cohorts(day, sessions))
	}
	return out
}

// TestStore checks what the store does on a backend.
func TestStore(t *testing.T, open Open) {
	ctx := context.Background()
	events := func(n int) []reports.Event { return Events(rand.New(rand.NewPCG(1, 2)), n) }

	t.Run("record counts, in any order, once", func(t *testing.T) {
		s := openStore(t, open(t))
		list := events(20)
		rec, err := s.Record(ctx, list)
		if err != nil || rec != (reports.Recorded{Accepted: len(list)}) {
			t.Fatalf("Record = %+v, %v; want %d accepted", rec, err, len(list))
		}
		holds(t, s, list, Now)
		other := list[2]
		other.At = other.At.Add(time.Second)
		rec, err = s.Record(ctx, append(list[:5:5], other, reports.Event{
			ID: "new", Source: "shop", Conversation: "c0", Type: reports.Reopened, At: Start.Add(time.Hour),
		}))
		if err != nil || rec != (reports.Recorded{Accepted: 1, Duplicates: 6, Differing: 1}) {
			t.Fatalf("Record again = %+v, %v; want 1 accepted, 6 duplicates, of which 1 differs", rec, err)
		}
		verified(t, s, 0)
	})

	t.Run("cohorts follow the events, and are walked again when one comes", func(t *testing.T) {
		backend := &walked{Backend: open(t)}
		s := openStore(t, backend)
		list := events(40)
		if _, err := s.Record(ctx, list); err != nil {
			t.Fatal(err)
		}
		check := func(walks bool) {
			t.Helper()
			before := backend.walks
			got, err := s.Cohorts(ctx, everyDay)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(cohortsOf(list), got, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("cohorts (-want +got):\n%s", d)
			}
			if walks != (backend.walks > before) {
				t.Errorf("conversations were walked: %v; want %v", backend.walks > before, walks)
			}
		}
		check(true)
		check(false)
		holds(t, s, list, Now)
		holds(t, s, list, Start.Add(50*time.Hour)) // sums again for another moment, and changes nothing
		check(false)
		late := reports.Event{ID: "late", Source: list[0].Source, Conversation: list[0].Conversation, Type: reports.Handoff, At: list[0].At.Add(20 * 24 * time.Hour)}
		if _, err := s.Record(ctx, []reports.Event{late}); err != nil {
			t.Fatal(err)
		}
		list = append(list, late)
		check(true)
		check(false)
	})

	t.Run("as known at a moment is as if nothing had come later", func(t *testing.T) {
		s := openStore(t, open(t))
		list := events(40)
		if _, err := s.Record(ctx, list); err != nil {
			t.Fatal(err)
		}
		for _, hours := range []int{0, 30, 80, 200, 1000} {
			at := Start.Add(time.Duration(hours) * time.Hour)
			var until []reports.Event
			for _, e := range list {
				if !e.At.After(at) {
					until = append(until, e)
				}
			}
			got, err := s.AsKnown(at).Days(ctx, everyDay, at)
			if err != nil {
				t.Fatal(err)
			}
			if d := diffDays(talliesUnder(Rules, until, at), got); d != "" {
				t.Errorf("figures as known at %s (-want +got):\n%s", at.Format(time.RFC3339), d)
			}
		}
	})

	t.Run("figures follow now without a sweep", func(t *testing.T) {
		s := openStore(t, open(t))
		list := events(20)
		if _, err := s.Record(ctx, list); err != nil {
			t.Fatal(err)
		}
		for _, hours := range []int{0, 60, 100, 140, 200, 400, 90, 1000, 0} {
			holds(t, s, list, Start.Add(time.Duration(hours)*time.Hour))
		}
		if err := s.Settle(ctx, Now, nil); err != nil {
			t.Fatal(err)
		}
		holds(t, s, list, Now)
	})

	t.Run("unknown fields are kept, whatever they are called", func(t *testing.T) {
		s := openStore(t, open(t))
		e := reports.Event{ID: "1", Source: "a/b%", Conversation: "c", Type: reports.Started, At: Start}
		e.Unknown = map[string]json.RawMessage{"$oid": json.RawMessage(`{"$date":[[1.50]]}`), "pending": json.RawMessage("true"), "a.b": json.RawMessage("1")}
		if _, err := s.Record(ctx, []reports.Event{e}); err != nil {
			t.Fatal(err)
		}
		x, err := s.Explain(ctx, "a/b%", "c")
		if err != nil || len(x) != 1 || fmt.Sprint(x[0].Events[0].Unknown) != fmt.Sprint(e.Unknown) {
			t.Errorf("Explain = %+v, %v; want the unknown fields as sent", x, err)
		}
	})

	t.Run("verify finds what is wrong, rebuild mends it", func(t *testing.T) {
		b := open(t)
		s := openStore(t, b)
		list := events(10)
		if _, err := s.Record(ctx, list); err != nil {
			t.Fatal(err)
		}
		holds(t, s, list, Now)
		docs, err := b.Find(ctx, collection("conversations"), store.Query{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Delete(ctx, collection("conversations"), []string{docs[0].ID}); err != nil {
			t.Fatal(err)
		}
		v, err := s.Verify(ctx, Now, nil)
		if err != nil || len(v.Differences) == 0 || !strings.Contains(v.Differences[0].What, docs[0].ID) {
			t.Fatalf("Verify = %v, %v; want the conversation that is gone", v.Differences, err)
		}
		if err := s.Rebuild(ctx, nil); err != nil {
			t.Fatal(err)
		}
		verified(t, s, 0)
		holds(t, s, list, Now)
	})

	t.Run("notes", func(t *testing.T) {
		s := openStore(t, open(t))
		at := func(h int) time.Time { return Start.Add(time.Duration(h) * time.Hour) }
		list := []reports.Event{
			{ID: "1", Source: "s", Conversation: "a", Type: reports.Unanswered, At: at(0), Question: "one?", Channel: "chat", URL: "https://x.example/1"},
			{ID: "2", Source: "s", Conversation: "a", Type: reports.Unanswered, At: at(2), Question: "two?", Topic: "T"},
			{ID: "3", Source: "s", Conversation: "b", Type: reports.Unanswered, At: at(1), Question: "three?", Channel: "email"},
			{ID: "4", Source: "s", Conversation: "test", Type: reports.Unanswered, At: at(1), Question: "no", Test: true},
			{ID: "5", Source: "s", Conversation: "a", Type: reports.Feedback, At: at(3), Score: 1, Comment: "bad"},
			{ID: "6", Source: "s", Conversation: "a", Type: reports.Feedback, At: at(3), Score: 5, Comment: "good"},
			{ID: "7", Source: "s", Conversation: "a", Type: reports.Unanswered, At: at(24 * 7), Question: "next week?"},
		}
		if _, err := s.Record(ctx, list); err != nil {
			t.Fatal(err)
		}
		week := reports.WeekOf(Start, time.UTC).Range()
		text := func(notes []reports.Note) string {
			var s []string
			for _, n := range notes {
				s = append(s, strings.TrimSpace(n.Text+" "+n.Topic.Name+" "+n.Channel+" "+n.URL+string(n.Rating)))
			}
			return strings.Join(s, "; ")
		}
		for _, tt := range []struct {
			kind    reports.EventType
			channel string
			want    string
		}{
			{reports.Unanswered, "", "one? One? chat https://x.example/1; three? Three? email; two? T chat https://x.example/1"},
			{reports.Unanswered, "email", "three? Three? email"},
			{reports.Feedback, "", "bad  chat https://x.example/1negative; good  chat https://x.example/1positive"},
		} {
			got, err := s.Notes(ctx, tt.kind, week, tt.channel)
			if err != nil || text(got) != tt.want {
				t.Errorf("Notes(%s, %q) = %q, %v; want %q", tt.kind, tt.channel, text(got), err, tt.want)
			}
		}
		src, err := s.Sources(ctx)
		if err != nil || len(src) != 1 || !src[0].LastAt.Equal(at(24*7)) {
			t.Errorf("Sources = %v, %v; want the last event's time", src, err)
		}
	})

	t.Run("erasure", func(t *testing.T) { testErasure(t, open) })
	t.Run("retention", func(t *testing.T) { testRetention(t, open) })
	t.Run("topics", func(t *testing.T) { testTopics(t, open) })
	t.Run("answers", func(t *testing.T) { testAnswers(t, open) })
	t.Run("telling of answers", func(t *testing.T) { testTelling(t, open) })
	t.Run("sign of life", func(t *testing.T) { testSignOfLife(t, open) })
	t.Run("list of conversations", func(t *testing.T) { testListing(t, open) })
	t.Run("wrong sums", func(t *testing.T) { testWrongSums(t, open) })
	t.Run("settled notes", func(t *testing.T) { testSettledNotes(t, open) })
	t.Run("dirty days", func(t *testing.T) { testDirtyDays(t, open) })
	t.Run("history of a schedule", func(t *testing.T) { testScheduleHistory(t, open) })
	t.Run("audit trail", func(t *testing.T) { testAudit(t, open) })
	t.Run("receipts", func(t *testing.T) { testReceipts(t, open) })
	t.Run("ticks", func(t *testing.T) { testTicks(t, open) })
	t.Run("tokens", func(t *testing.T) { testTokens(t, open) })
	t.Run("deliveries", func(t *testing.T) { testDeliveries(t, open) })

	t.Run("export and restore", func(t *testing.T) {
		from := openStore(t, open(t))
		list := events(15)
		if _, err := from.Record(ctx, list); err != nil {
			t.Fatal(err)
		}
		if _, err := from.EraseVisitor(ctx, "", "visitor-1"); err != nil {
			t.Fatal(err)
		}
		if _, err := from.CreateToken(ctx, "zendesk", "", []reports.Scope{reports.ScopeIngest}); err != nil {
			t.Fatal(err)
		}
		if err := from.AddSubscription(ctx, reports.Subscription{ID: "a", Channel: "C1"}, "U1"); err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		n, err := from.Export(ctx, &file, nil)
		if err != nil {
			t.Fatal(err)
		}
		to := openStore(t, open(t))
		for range 2 { // the second time changes nothing
			if m, err := to.Restore(ctx, bytes.NewReader(file.Bytes()), nil); err != nil || m != n {
				t.Fatalf("Restore = %d, %v; want %d documents", m, err, n)
			}
			holds(t, to, list, Now)
		}
		verified(t, to, 0)
		var again bytes.Buffer
		if _, err := to.Export(ctx, &again, nil); err != nil {
			t.Fatal(err)
		}
		if a, b := withoutHead(file.String()), withoutHead(again.String()); a != b {
			t.Error("an export of what was restored differs from what was exported")
		}
		cut := file.Bytes()[:file.Len()/2]
		if _, err := openStore(t, open(t)).Restore(ctx, bytes.NewReader(cut[:bytes.LastIndexByte(cut, '\n')+1]), nil); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("Restore of half a file = %v; want that it is cut off", err)
		}
	})
}

func withoutHead(s string) string {
	_, rest, _ := strings.Cut(s, "\n")
	return rest
}

func testErasure(t *testing.T, open Open) {
	ctx := context.Background()
	b := open(t)
	s := openStore(t, b)
	list := Events(rand.New(rand.NewPCG(3, 4)), 12)
	half := len(list) / 2
	if _, err := s.Record(ctx, list[:half]); err != nil {
		t.Fatal(err)
	}
	erasedKeys := map[string]bool{}
	for _, v := range []string{"visitor-0", "visitor-1", "visitor-2", "visitor-3", "nobody"} {
		gone, err := s.EraseVisitor(ctx, "", v)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range gone.Conversations {
			erasedKeys[k] = true
		}
	}
	if len(erasedKeys) == 0 {
		t.Fatal("nothing was erased")
	}
	// What arrives later for the same conversations is stripped on arrival.
	var later []reports.Event
	for _, e := range list[half:] {
		if erasedKeys[e.ConversationKey()] {
			later = append(later, e)
		}
	}
	if _, err := s.Record(ctx, later); err != nil {
		t.Fatal(err)
	}
	for _, c := range store.Collections {
		docs, err := b.Find(ctx, c, store.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			if bytes.Contains(d.Body, []byte(Secret)) || bytes.Contains(d.Body, []byte("visitor-")) {
				t.Errorf("%s %s still has a text or a visitor: %s", c.Name, d.ID, d.Body)
			}
		}
	}
	holds(t, s, append(list[:half:half], later...), Now)
	verified(t, s, 0)
	if notes, err := s.Notes(ctx, reports.Unanswered, everyDay, ""); err != nil || len(notes) > 0 {
		t.Errorf("Notes = %v, %v; want none", notes, err)
	}
	gone, err := s.EraseConversation(ctx, "", "none such")
	if err != nil || len(gone.Conversations) > 0 {
		t.Errorf("EraseConversation(none such) = %v, %v; want nothing", gone, err)
	}
}

func testRetention(t *testing.T, open Open) {
	ctx := context.Background()
	s := openStore(t, open(t))
	list := Events(rand.New(rand.NewPCG(5, 6)), 12)
	if _, err := s.Record(ctx, list); err != nil {
		t.Fatal(err)
	}
	cutoff := reports.DayOf(Start.Add(3*24*time.Hour), time.UTC)
	n, err := s.Retain(ctx, cutoff)
	if err != nil || n == 0 {
		t.Fatalf("Retain = %d, %v; want some", n, err)
	}
	if n, err := s.Retain(ctx, cutoff); err != nil || n != 0 {
		t.Errorf("Retain again = %d, %v; want nothing left to do", n, err)
	}
	for _, e := range list {
		x, err := s.Explain(ctx, e.Source, e.Conversation)
		if err != nil {
			t.Fatal(err)
		}
		for _, have := range x[0].Events {
			if have.ID != e.ID {
				continue
			}
			old := reports.DayOf(e.At, time.UTC) < cutoff
			kept := e.Type == reports.Unanswered || !old
			if kept == have.IsStripped() {
				t.Errorf("event %s (%s, %s): stripped is %v", e.ID, e.Type, e.At, have.IsStripped())
			}
		}
	}
	holds(t, s, list, Now)
	verified(t, s, 0)
}

func testTokens(t *testing.T, open Open) {
	ctx := context.Background()
	s := openStore(t, open(t))
	secret, err := s.CreateToken(ctx, "zendesk", "desk", []reports.Scope{reports.ScopeIngest})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateToken(ctx, "zendesk", "", nil); !errors.Is(err, reports.ErrConflict) {
		t.Errorf("a second token of that name: %v; want a conflict", err)
	}
	tok, err := s.UseToken(ctx, secret)
	if err != nil || tok.Source != "desk" || !tok.May(reports.ScopeIngest) || tok.May(reports.ScopeAdmin) {
		t.Errorf("UseToken = %+v, %v", tok, err)
	}
	if _, err := s.UseToken(ctx, secret+"x"); !errors.Is(err, reports.ErrNotFound) {
		t.Errorf("UseToken of another = %v; want not found", err)
	}
	list, err := s.Tokens(ctx)
	if err != nil || len(list) != 1 || list[0].UsedAt.IsZero() || strings.Contains(list[0].Hash, secret) {
		t.Errorf("Tokens = %+v, %v; want one that was used", list, err)
	}
	if err := s.RevokeToken(ctx, "zendesk"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UseToken(ctx, secret); !errors.Is(err, reports.ErrNotFound) {
		t.Errorf("UseToken after revoke = %v; want not found", err)
	}
	if err := s.RevokeToken(ctx, "zendesk"); !errors.Is(err, reports.ErrNotFound) {
		t.Errorf("RevokeToken again = %v; want not found", err)
	}
}

func testDeliveries(t *testing.T, open Open) {
	ctx := context.Background()
	s := openStore(t, open(t))
	sub := reports.Subscription{ID: "a", Channel: "C1", Schedule: "0 9 * * MON"}
	if err := s.AddSubscription(ctx, sub, "U1"); err != nil {
		t.Fatal(err)
	}
	if err := s.AddSubscription(ctx, sub, "U1"); !errors.Is(err, reports.ErrConflict) {
		t.Errorf("AddSubscription again = %v; want a conflict", err)
	}
	if err := s.ChangeSubscription(ctx, "a", "U2", func(s *reports.Subscription) { s.Paused = true }); err != nil {
		t.Fatal(err)
	}
	if err := s.ChangeSubscription(ctx, "none", "U2", func(*reports.Subscription) {}); !errors.Is(err, reports.ErrNotFound) {
		t.Errorf("ChangeSubscription(none) = %v; want not found", err)
	}
	if subs, err := s.Subscriptions(ctx); err != nil || len(subs) != 1 || !subs[0].Paused {
		t.Errorf("Subscriptions = %+v, %v", subs, err)
	}
	rec := &reports.Record{Week: "2025-W39", Definition: "standard", At: Now, Values: map[string]reports.Value{"handled": {N: 3}}}
	d := reports.Delivery{ID: "a/2025-W39", Subscription: "a", Week: "2025-W39", Due: Now, Channel: "C1", State: reports.Claimed, Quoted: []string{"shop/c1"}}
	if ok, err := s.InsertDelivery(ctx, d); err != nil || !ok {
		t.Fatalf("InsertDelivery = %v, %v", ok, err)
	}
	if ok, err := s.InsertDelivery(ctx, d); err != nil || ok {
		t.Errorf("InsertDelivery again = %v, %v; want false", ok, err)
	}
	if r, err := s.LastRecord(ctx, "2025-W39", reports.Standard, ""); err != nil || r != nil {
		t.Errorf("LastRecord before it is posted = %v, %v; want none", r, err)
	}
	_, version, err := s.Delivery(ctx, d.ID)
	if err != nil || version != 1 {
		t.Fatalf("Delivery = version %d, %v; want 1", version, err)
	}
	d.State, d.Record, d.TS = reports.Posted, rec, "1.2"
	if ok, err := s.SwapDelivery(ctx, d, version); err != nil || !ok {
		t.Fatalf("SwapDelivery = %v, %v", ok, err)
	}
	if ok, err := s.SwapDelivery(ctx, d, version); err != nil || ok {
		t.Errorf("SwapDelivery of an old version = %v, %v; want false", ok, err)
	}
	for _, tt := range []struct {
		week reports.Week
		def  reports.Definition
		f    string
		want bool
	}{{"2025-W39", reports.Standard, "", true}, {"2025-W38", reports.Standard, "", false}, {"2025-W39", reports.Durable, "", false}, {"2025-W39", reports.Standard, "chat", false}} {
		if r, err := s.LastRecord(ctx, tt.week, tt.def, tt.f); err != nil || (r != nil) != tt.want {
			t.Errorf("LastRecord(%s, %s, %q) = %v, %v; want one: %v", tt.week, tt.def, tt.f, r, err, tt.want)
		}
	}
	if list, err := s.Deliveries(ctx, 10); err != nil || len(list) != 1 || list[0].TS != "1.2" {
		t.Errorf("Deliveries = %+v, %v", list, err)
	}
	if _, err := s.Record(ctx, []reports.Event{{ID: "1", Source: "shop", Conversation: "c1", Type: reports.Started, At: Start, Visitor: "v"}}); err != nil {
		t.Fatal(err)
	}
	gone, err := s.EraseVisitor(ctx, "shop", "v")
	if err != nil || len(gone.Messages) != 1 || gone.Messages[0].TS != "1.2" {
		t.Errorf("EraseVisitor = %+v, %v; want the message that quoted it", gone, err)
	}
	if err := s.RemoveSubscription(ctx, "a", "U3"); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveSubscription(ctx, "a", "U3"); !errors.Is(err, reports.ErrNotFound) {
		t.Errorf("RemoveSubscription again = %v; want not found", err)
	}
}
