package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentreport/reports"
	"agentreport/reports/topics"
	"agentreport/store"
)

// question makes an unanswered event of a conversation of its own.
func question(n int, text string) reports.Event {
	id := fmt.Sprintf("q%02d", n)
	return reports.Event{
		ID: id, Source: "shop", Conversation: id, Type: reports.Unanswered, At: Start.Add(time.Duration(n) * time.Minute),
		Question: text, Channel: []string{"chat", "email"}[n%2], URL: "https://desk.example.com/" + id, Visitor: "v" + id,
	}
}

// asked are questions about three things.
func asked(n int) []reports.Event {
	list := make([]reports.Event, n)
	for i := range list {
		list[i] = question(i, []string{"where is my refund", "I forgot my password", "do you ship to Norway"}[i%3]+[]string{"?", " please", "!!"}[i/3%3])
	}
	return list
}

// table is the table of gaps as text.
func table(t *testing.T, s *store.Store, f topics.Filter) string {
	t.Helper()
	page, total, err := s.Topics(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{fmt.Sprint(total)}
	for _, p := range page {
		line := fmt.Sprintf("%s: %d in %d, %s %s", p.Name, p.Questions, p.Conversations, strings.Join(p.Channels, "+"), p.URL)
		if p.Returned {
			line += ", again"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// membership is which questions are in which topic.
func membership(t *testing.T, s *store.Store, statuses ...topics.Status) map[int][]string {
	t.Helper()
	m := map[int][]string{}
	for _, status := range statuses {
		page, _, err := s.Topics(context.Background(), topics.Filter{Status: status})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page {
			list, _, err := s.Questions(context.Background(), p.Topic, "", 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range list {
				m[p.Topic] = append(m[p.Topic], q.Key)
			}
			slices.Sort(m[p.Topic])
		}
	}
	return m
}

// decide is what a person does.
func decide(t *testing.T, s *store.Store, e topics.Entry) {
	t.Helper()
	e.By = "U1"
	if err := s.Decide(context.Background(), func(*topics.State) (topics.Entry, error) { return e, nil }); err != nil {
		t.Fatal(err)
	}
}

func record(t *testing.T, s *store.Store, list ...reports.Event) {
	t.Helper()
	if _, err := s.Record(context.Background(), list); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Group(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
}

func testTopics(t *testing.T, open Open) {
	ctx := context.Background()

	t.Run("the table and a topic's questions", func(t *testing.T) {
		b := open(t)
		s := openStore(t, b)
		if got := table(t, s, topics.Filter{}); got != "0" {
			t.Errorf("the table of an empty store = %q", got)
		}
		record(t, s, asked(6)...)
		want := "3\nDo you ship to Norway?: 2 in 2, chat+email https://desk.example.com/q05\n" +
			"I forgot my password?: 2 in 2, chat+email https://desk.example.com/q04\nWhere is my refund?: 2 in 2, chat+email https://desk.example.com/q03"
		if got := table(t, s, topics.Filter{}); got != want {
			t.Errorf("the table = %q; want %q", got, want)
		}
		if n, err := s.Group(ctx, nil); n != 0 || err != nil {
			t.Errorf("Group again = %d, %v; want nothing to do", n, err)
		}
		page, _, err := s.Topics(ctx, topics.Filter{Limit: 1})
		if err != nil || len(page) != 1 {
			t.Fatalf("Topics = %v, %v", page, err)
		}
		list, total, err := s.Questions(ctx, page[0].Topic, topics.StatusOpen, 1, 1)
		if err != nil || total != 2 || len(list) != 1 || list[0].Text == "" || !strings.HasPrefix(list[0].URL, "https://desk.example.com/q") {
			t.Errorf("Questions = %+v, %d, %v; want the second of two", list, total, err)
		}
		if _, err := s.Topic(ctx, 99); !errors.Is(err, reports.ErrNotFound) {
			t.Errorf("Topic(99) = %v; want not found", err)
		}
		// Another process reads the same from the journal.
		other := openStore(t, b)
		if a, b := table(t, s, topics.Filter{}), table(t, other, topics.Filter{}); a != b {
			t.Errorf("two processes see other tables:\n%s\n%s", a, b)
		}
	})

	t.Run("what people decide", func(t *testing.T) {
		b := open(t)
		s, other := openStore(t, b), openStore(t, b)
		record(t, s, question(0, "where is my refund"), question(1, "where is my refund?"), question(2, "I forgot my password"))
		decide(t, other, topics.Entry{Kind: topics.Renamed, Topic: 1, Name: "Refunds"})
		decide(t, s, topics.Entry{Kind: topics.Dismissed, Questions: []string{"shop/q02"}, Reason: "spam"})
		if got, want := table(t, s, topics.Filter{}), "1\nRefunds: 2 in 2, chat+email https://desk.example.com/q01"; got != want {
			t.Errorf("the table = %q; want %q", got, want)
		}
		if got, want := table(t, other, topics.Filter{Status: topics.StatusDismissed}), "1\nI forgot my password: 1 in 1, chat https://desk.example.com/q02"; got != want {
			t.Errorf("the dismissed = %q; want %q", got, want)
		}
		record(t, other, question(3, "I forgot my password"))
		if got, want := table(t, s, topics.Filter{Channel: "email"}), "2\nI forgot my password: 1 in 1, email https://desk.example.com/q03, again\nRefunds: 1 in 1, email https://desk.example.com/q01"; got != want {
			t.Errorf("the table = %q; want %q", got, want)
		}
		if err := s.Decide(ctx, func(*topics.State) (topics.Entry, error) {
			return topics.Entry{Kind: topics.Renamed, Topic: 9, Name: "x"}, nil
		}); err == nil {
			t.Error("Decide on a topic that is not there = nil; want an error")
		}
		before := membership(t, s, topics.Statuses...)
		if err := s.Rebuild(ctx, nil); err != nil {
			t.Fatal(err)
		}
		record(t, s)
		if d := cmp.Diff(before, membership(t, s, topics.Statuses...)); d != "" {
			t.Errorf("a rebuild gives other topics (-before +after):\n%s", d)
		}
	})

	t.Run("tests, channels and the source's own topics", func(t *testing.T) {
		s := openStore(t, open(t))
		own := question(3, "where is the refund")
		own.Topic = "Billing"
		record(t, s, question(0, "where is my refund"), question(1, "I forgot my password"), own)
		test := reports.Event{ID: "t", Source: "shop", Conversation: "q01", Type: reports.Started, At: Start, Test: true}
		channel := reports.Event{ID: "c", Source: "shop", Conversation: "q00", Type: reports.Started, At: Start.Add(-time.Hour), Channel: "phone"}
		record(t, s, test, channel)
		want := "2\nBilling: 1 in 1, email https://desk.example.com/q03\nWhere is my refund: 1 in 1, phone https://desk.example.com/q00"
		if got := table(t, s, topics.Filter{}); got != want {
			t.Errorf("the table = %q; want %q", got, want)
		}
	})

	t.Run("erasure", func(t *testing.T) {
		b := open(t)
		s, other := openStore(t, b), openStore(t, b)
		record(t, s, question(0, "where is the "+Secret+" refund"), question(1, "where is the refund"))
		table(t, other, topics.Filter{})
		a := reports.Answer{ID: "A", Topic: 1, Question: "Where is the " + Secret + " refund?", Text: "soon"}
		a.Change(reports.Revision{Question: "Where is the " + Secret + " refund?", Text: "later"}, "U1", Start)
		if err := s.AddAnswer(ctx, a); err != nil {
			t.Fatal(err)
		}
		if _, err := s.EraseVisitor(ctx, "", "vq00"); err != nil {
			t.Fatal(err)
		}
		if a, _, err := s.Answer(ctx, "A"); err != nil || a.Question != "Where is the refund" || a.Text != "later" {
			t.Errorf("the answer after an erasure: %+v, %v; want the name of its topic", a, err)
		}
		for name, s := range map[string]*store.Store{"who erased": s, "another": other, "a new one": openStore(t, b)} {
			want := "1\nWhere is the refund: 1 in 1, email https://desk.example.com/q01"
			if got := table(t, s, topics.Filter{}); got != want {
				t.Errorf("the table of %s = %q; want %q", name, got, want)
			}
		}
		for _, c := range store.Collections {
			docs, err := b.Find(ctx, c, store.Query{})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range docs {
				if bytes.Contains(d.Body, []byte(Secret)) {
					t.Errorf("%s %s still has the text: %s", c.Name, d.ID, d.Body)
				}
			}
		}
	})

	t.Run("erased while another process groups", func(t *testing.T) {
		b := open(t)
		s := openStore(t, b)
		if _, err := s.Record(ctx, []reports.Event{question(0, "where is the "+Secret)}); err != nil {
			t.Fatal(err)
		}
		slow := openStore(t, &intercepted{Backend: b, on: "journal", before: func() {
			if _, err := s.EraseVisitor(ctx, "", "vq00"); err != nil {
				t.Error(err)
			}
		}})
		if _, err := slow.Group(ctx, nil); err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]*store.Store{"who erased": s, "who was slow": slow, "a new one": openStore(t, b)} {
			if got := table(t, s, topics.Filter{}); got != "0" {
				t.Errorf("the table of %s = %q; want nothing", name, got)
			}
		}
	})

	t.Run("an erasure beside a question that waits", func(t *testing.T) {
		b := open(t)
		s := openStore(t, b)
		record(t, s, question(0, "where is my refund"))
		if _, err := s.Record(ctx, []reports.Event{question(1, "where is my refund")}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.EraseVisitor(ctx, "", "vq00"); err != nil {
			t.Fatal(err)
		}
		record(t, s)
		for name, s := range map[string]*store.Store{"who erased": s, "a new one": openStore(t, b)} {
			if got, want := table(t, s, topics.Filter{}), "1\nWhere is my refund: 1 in 1, email https://desk.example.com/q01"; got != want {
				t.Errorf("the table of %s = %q; want %q", name, got, want)
			}
		}
	})

	t.Run("a restore that is interrupted", func(t *testing.T) {
		from, to := openStore(t, open(t)), openStore(t, open(t))
		record(t, from, asked(7)...)
		var file bytes.Buffer
		if _, err := from.Export(ctx, &file, nil); err != nil {
			t.Fatal(err)
		}
		cut := file.Bytes()[:bytes.LastIndex(file.Bytes(), []byte(`{"collection":"events"`))]
		if _, err := to.Restore(ctx, bytes.NewReader(cut), nil); err == nil {
			t.Fatal("half a restore went well")
		}
		if _, _, err := to.Topics(ctx, topics.Filter{}); !errors.Is(err, store.ErrRestoring) {
			t.Errorf("Topics in the middle of a restore: %v; want that it is to be run again", err)
		}
		if _, err := to.Restore(ctx, bytes.NewReader(file.Bytes()), nil); err != nil {
			t.Fatal(err)
		}
		if a, b := table(t, from, topics.Filter{}), table(t, to, topics.Filter{}); a != b {
			t.Errorf("topics after all of it:\n%s\nwant\n%s", b, a)
		}
	})

	t.Run("a language model", func(t *testing.T) {
		b := open(t)
		s := openStore(t, b)
		m := &model{err: errors.New("no credit")}
		s.UseEmbedder(m)
		record(t, s, question(0, "where is my refund"))
		if u := s.Understanding(); u.Without != 1 || u.Embedded != 0 || u.Err == nil {
			t.Errorf("Understanding = %+v; want one question without, and why", u)
		}
		m.err = nil
		record(t, s, question(1, "I forgot my password")) // within the pause
		if u := s.Understanding(); u.Without != 2 || m.calls != 1 {
			t.Errorf("Understanding = %+v after %d calls; want a pause after a failure", u, m.calls)
		}
		s = openStore(t, b)
		s.UseEmbedder(m)
		record(t, s, question(2, "where is my "+Secret), question(3, "do you ship to Norway"))
		if u := s.Understanding(); u.Without != 0 || u.Embedded != 2 || u.Err != nil {
			t.Errorf("Understanding = %+v; want two questions", u)
		}
		before := membership(t, s, topics.StatusOpen)
		if d := cmp.Diff(before, membership(t, openStore(t, b), topics.StatusOpen)); d != "" {
			t.Errorf("a process without the model sees other topics:\n%s", d)
		}
		var file bytes.Buffer
		meanings := func() int {
			file.Reset()
			if _, err := s.Export(ctx, &file, nil); err != nil {
				t.Fatal(err)
			}
			return strings.Count(file.String(), `"collection":"meanings"`)
		}
		if n := meanings(); n != 2 {
			t.Errorf("%d meanings are kept; want 2", n)
		}
		if _, err := s.EraseVisitor(ctx, "", "vq02"); err != nil {
			t.Fatal(err)
		}
		if n := meanings(); n != 1 {
			t.Errorf("%d meanings are kept after an erasure; want 1", n)
		}
	})

	t.Run("retention", func(t *testing.T) {
		s := openStore(t, open(t))
		record(t, s, question(0, "where is my refund"), question(1, "I forgot my password"))
		decide(t, s, topics.Entry{Kind: topics.Dismissed, Questions: []string{"shop/q01"}})
		tomorrow := reports.DayOf(time.Now().Add(24*time.Hour), time.UTC)
		for _, tt := range []struct {
			before reports.Day
			want   int
		}{{reports.DayOf(Start.Add(48*time.Hour), time.UTC), 0}, {tomorrow, 1}, {tomorrow, 0}} {
			if n, err := s.Retain(ctx, tt.before); err != nil || n != tt.want {
				t.Errorf("Retain(%s) = %d, %v; want %d", tt.before, n, err, tt.want)
			}
		}
		text := func(key string, status topics.Status) string {
			page, _, err := s.Topics(ctx, topics.Filter{Status: status})
			if err != nil || len(page) != 1 {
				t.Fatalf("Topics(%s) = %v, %v; want one", status, page, err)
			}
			list, _, err := s.Questions(ctx, page[0].Topic, "", 0, 0)
			if err != nil || len(list) != 1 || list[0].Key != key {
				t.Fatalf("Questions = %v, %v; want %s", list, err, key)
			}
			return list[0].Text
		}
		if got := text("shop/q00", topics.StatusOpen); got == "" {
			t.Error("the open question was stripped")
		}
		if got := text("shop/q01", topics.StatusDismissed); got != "" {
			t.Errorf("the dismissed question is still kept: %q", got)
		}
	})

	t.Run("export and restore", func(t *testing.T) {
		from, to := openStore(t, open(t)), openStore(t, open(t))
		record(t, from, asked(7)...)
		decide(t, from, topics.Entry{Kind: topics.Renamed, Topic: 1, Name: "First"})
		decide(t, from, topics.Entry{Kind: topics.Dismissed, Questions: []string{"shop/q03"}})
		var file bytes.Buffer
		if _, err := from.Export(ctx, &file, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := to.Restore(ctx, bytes.NewReader(file.Bytes()), nil); err != nil {
			t.Fatal(err)
		}
		record(t, to)
		for _, status := range topics.Statuses {
			if a, b := table(t, from, topics.Filter{Status: status}), table(t, to, topics.Filter{Status: status}); a != b {
				t.Errorf("%s topics after a restore:\n%s\nwant\n%s", status, b, a)
			}
		}
		own := openStore(t, open(t))
		record(t, own, question(50, "something else"))
		if _, err := own.Restore(ctx, bytes.NewReader(file.Bytes()), nil); err == nil || !strings.Contains(err.Error(), "empty store") {
			t.Errorf("Restore into a store with topics of its own = %v; want that it is to be empty", err)
		}
	})
}

// intercepted is a backend that promises single documents only, and does
// something before the first entry is written to the journal.
type intercepted struct {
	store.Backend
	on     string // the collection
	before func()
}

func (i *intercepted) Atomic() bool { return false }

func (i *intercepted) Atomically(_ context.Context, f func(store.Backend) error) error { return f(i) }

func (i *intercepted) Insert(ctx context.Context, c *store.Collection, docs []store.Doc) ([]bool, error) {
	if c.Name == i.on && i.before != nil {
		before := i.before
		i.before = nil
		before()
	}
	return i.Backend.Insert(ctx, c, docs)
}

// model is a language model for which everything means the same.
type model struct {
	err   error
	calls int
}

func (m *model) Model() string { return "same" }

func (m *model) Embed(_ context.Context, texts []string) ([][]float32, error) {
	m.calls++
	vectors := make([][]float32, len(texts))
	for i := range vectors {
		vectors[i] = []float32{0.6, -0.8}
	}
	return vectors, m.err
}

// TestGrouping lets processes record and group questions one operation at a time
// in random order, with crashes anywhere. In the end every question is in one
// topic, once, and every process sees the same.
func TestGrouping(t *testing.T, open Open, runs int) {
	ctx := context.Background()
	for run := range runs {
		b := open(t)
		openStore(t, b) // which gives it the rules
		rng := rand.New(rand.NewPCG(uint64(run), 2))
		list := asked(12)
		process := func(mine []reports.Event) iter.Seq[struct{}] {
			return func(yield func(struct{}) bool) {
				s, err := store.OpenUnchecked(ctx, &stepwise{
					b, func() bool { return yield(struct{}{}) }, func() bool { return rng.IntN(60) == 0 },
				}, Rules)
				if err != nil {
					return
				}
				for i := 0; i < len(mine); i += 3 {
					_, err := s.Record(ctx, mine[i:min(i+3, len(mine))])
					if err == nil {
						_, err = s.Group(ctx, nil)
					}
					if err == nil && i == 3 {
						err = s.Decide(ctx, func(*topics.State) (topics.Entry, error) {
							return topics.Entry{Kind: topics.Renamed, Topic: 1, Name: "Named", By: "U1"}, nil
						})
					}
					if err != nil && !errors.Is(err, errCrash) {
						t.Errorf("run %d: %v", run, err)
						return
					}
				}
			}
		}
		play(rng, process(list[:8]), process(list[4:]), process(list[2:10]))

		s := openStore(t, b)
		if _, err := s.Record(ctx, list); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		record(t, s)
		have := membership(t, s, topics.StatusOpen)
		var keys []string
		for _, m := range have {
			keys = append(keys, m...)
		}
		slices.Sort(keys)
		var want []string
		for _, e := range list {
			want = append(want, e.Key())
		}
		slices.Sort(want)
		if d := cmp.Diff(want, keys); d != "" {
			t.Fatalf("run %d: the questions in topics (-want +got):\n%s", run, d)
		}
		if d := cmp.Diff(have, membership(t, openStore(t, b), topics.StatusOpen)); d != "" {
			t.Fatalf("run %d: another process sees other topics:\n%s", run, d)
		}
		verified(t, s, run)
		if t.Failed() {
			return
		}
	}
}
