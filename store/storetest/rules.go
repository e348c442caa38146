package storetest

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"agentreport/reports"
	"agentreport/store"
)

// TestRules checks that no process writes or reads by rules that are not the
// store's any more, on a backend.
func TestRules(t *testing.T, open Open, runs int) {
	ctx := context.Background()
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	other := reports.Rules{Zone: madrid, Window: 48 * time.Hour}

	t.Run("after a rebuild an old process writes nothing and reads no figure", func(t *testing.T) {
		b := open(t)
		old := openStore(t, b)
		list := Events(rand.New(rand.NewPCG(1, 2)), 10)
		if _, err := old.Record(ctx, list[:5]); err != nil {
			t.Fatal(err)
		}
		moved := rebuild(t, b, other)
		for name, do := range map[string]func() error{
			"Record":          func() error { _, err := old.Record(ctx, list); return err },
			"AddAnswer":       func() error { return old.AddAnswer(ctx, reports.Answer{ID: "a"}) },
			"AddSubscription": func() error { return old.AddSubscription(ctx, reports.Subscription{ID: "a"}, "U1") },
			"InsertDelivery":  func() error { _, err := old.InsertDelivery(ctx, reports.Delivery{ID: "d"}); return err },
			"Receipt":         func() error { _, err := old.Receipt(ctx, "Ev1"); return err },
			"EraseVisitor":    func() error { _, err := old.EraseVisitor(ctx, "", list[0].Visitor); return err },
			"Settle":          func() error { return old.Settle(ctx, Now, nil) },
			"Days":            func() error { _, err := old.Days(ctx, everyDay, Now); return err },
			"Ready":           func() error { return old.Ready(ctx) },
			"Listing": func() error {
				for _, err := range old.Listing(ctx, reports.Query{Range: everyDay, Now: Now, Rules: Rules}) {
					return err
				}
				return nil
			},
		} {
			err := do()
			if !errors.Is(err, reports.ErrOtherRules) || !strings.Contains(err.Error(), "UTC") || !strings.Contains(err.Error(), "Europe/Madrid") {
				t.Errorf("%s of the old process: %v; want a refusal that names both zones", name, err)
			}
		}
		if answers, err := moved.Answers(ctx); err != nil || len(answers) != 0 {
			t.Errorf("Answers = %v, %v; want what was refused nowhere", answers, err)
		}
		if _, err := moved.Record(ctx, list); err != nil {
			t.Fatal(err)
		}
		holdsUnder(t, moved, other, list, Now)
	})

	t.Run("figures wait until a rebuild has ended", func(t *testing.T) {
		b := open(t)
		s := openStore(t, b)
		list := Events(rand.New(rand.NewPCG(1, 2)), 10)
		if _, err := s.Record(ctx, list); err != nil {
			t.Fatal(err)
		}
		half, err := store.OpenUnchecked(ctx, &failing{Backend: b, after: 1}, other)
		if err != nil {
			t.Fatal(err)
		}
		if err := half.Rebuild(ctx, nil); !errors.Is(err, errCrash) {
			t.Fatalf("Rebuild = %v; want the interruption", err)
		}
		next, err := store.Open(ctx, b, other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := next.Days(ctx, everyDay, Now); !errors.Is(err, reports.ErrRebuilding) || !strings.Contains(err.Error(), "run it again") {
			t.Errorf("Days = %v; want that the rebuild has not ended, and what to do", err)
		}
		more := Events(rand.New(rand.NewPCG(5, 5)), 12)[:10]
		for i := range more {
			more[i].ID += "-more"
		}
		if _, err := next.Record(ctx, more); err != nil {
			t.Errorf("Record meanwhile = %v; want it taken", err)
		}
		if err := next.Rebuild(ctx, nil); err != nil {
			t.Fatal(err)
		}
		holdsUnder(t, next, other, append(list, more...), Now)
	})

	t.Run("a store of a newer program is left alone", func(t *testing.T) {
		b := open(t)
		openStore(t, b)
		schema, err := b.Get(ctx, collection("settings"), []string{"schema"})
		if err != nil || len(schema) != 1 {
			t.Fatalf("schema = %v, %v", schema, err)
		}
		newer := schema[0]
		newer.Body = []byte(`{"version":99}`)
		if _, err := b.Swap(ctx, collection("settings"), []store.Doc{newer}); err != nil {
			t.Fatal(err)
		}
		for name, open := range map[string]func(context.Context, store.Backend, reports.Rules) (*store.Store, error){"Open": store.Open, "OpenUnchecked": store.OpenUnchecked} {
			if _, err := open(ctx, b, Rules); err == nil || !strings.Contains(err.Error(), "99") || !strings.Contains(err.Error(), "newer agent-report") {
				t.Errorf("%s = %v; want both versions and the remedy", name, err)
			}
		}
		now, err := b.Get(ctx, collection("settings"), []string{"schema"})
		if err != nil || string(now[0].Body) != string(newer.Body) {
			t.Errorf("schema = %s, %v; want it as it was", now[0].Body, err)
		}
	})

	t.Run("a store that counts by a newer version is not rebuilt backwards", func(t *testing.T) {
		b := open(t)
		openStore(t, b)
		change(t, b, "rules", `{"zone":"UTC","window":"72h0m0s","fold":99}`)
		s, err := store.OpenUnchecked(ctx, b, Rules)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Rebuild(ctx, nil); !errors.Is(err, reports.ErrOtherRules) || !strings.Contains(err.Error(), "newer agent-report") {
			t.Errorf("Rebuild = %v; want a refusal", err)
		}
	})

	t.Run("what an older program projected is projected again", func(t *testing.T) {
		b := open(t)
		s := openStore(t, b)
		list := Events(rand.New(rand.NewPCG(1, 2)), 10)
		if _, err := s.Record(ctx, list); err != nil {
			t.Fatal(err)
		}
		// As a server of the version before leaves them that has not yet noticed.
		docs, err := b.Find(ctx, collection("conversations"), store.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range docs {
			docs[i].Body = []byte(`{"id":"x","source":"shop","events":3,"started_at":"2025-09-22T10:00:00Z"}`)
			docs[i].Keys = []store.Key{{Index: "day", Value: "2025-09-24"}}
		}
		if _, err := b.Swap(ctx, collection("conversations"), docs); err != nil {
			t.Fatal(err)
		}
		if err := b.Touch(ctx, collection("tallies"), []string{"2025-09-24"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Settle(ctx, Now, nil); err != nil {
			t.Fatal(err)
		}
		holds(t, s, list, Now)
	})

	t.Run("writers beside a rebuild", func(t *testing.T) {
		for run := range runs {
			rng := rand.New(rand.NewPCG(uint64(run), 9))
			b := open(t)
			openStore(t, b)
			list := Events(rng, 4)
			slow := func(yield func(struct{}) bool, rules reports.Rules) (*store.Store, error) {
				return store.OpenUnchecked(ctx, &stepwise{b, func() bool { return yield(struct{}{}) }, func() bool { return false }}, rules)
			}
			writer := func(batch []reports.Event) iter.Seq[struct{}] {
				return func(yield func(struct{}) bool) {
					s, err := slow(yield, Rules)
					if err != nil {
						t.Error(err)
						return
					}
					for i := 0; i < len(batch); i += 2 {
						if _, err = s.Record(ctx, batch[i:min(i+2, len(batch))]); err == nil {
							_, err = s.Days(ctx, everyDay, Now)
						}
						if err != nil {
							break
						}
					}
					if err != nil && !errors.Is(err, reports.ErrOtherRules) && !errors.Is(err, errCrash) {
						t.Errorf("run %d: %v", run, err)
					}
				}
			}
			rebuilder := func(yield func(struct{}) bool) {
				for range rng.IntN(30) {
					if !yield(struct{}{}) {
						return
					}
				}
				s, err := slow(yield, other)
				if err == nil {
					err = s.Rebuild(ctx, nil)
				}
				if err != nil && !errors.Is(err, errCrash) {
					t.Errorf("run %d: Rebuild: %v", run, err)
				}
			}
			cut := len(list) / 3
			play(rng, writer(list[:2*cut]), writer(list[cut:]), rebuilder)
			s, err := store.Open(ctx, b, other)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			verified(t, s, run)
			if _, err := s.Record(ctx, list); err != nil {
				t.Fatal(err)
			}
			holdsUnder(t, s, other, list, Now)
			if t.Failed() {
				t.Fatalf("run %d", run)
			}
		}
	})
}

func rebuild(t *testing.T, b store.Backend, rules reports.Rules) *store.Store {
	t.Helper()
	s, err := store.OpenUnchecked(context.Background(), b, rules)
	if err == nil {
		err = s.Rebuild(context.Background(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// change writes another body into a document of the settings.
func change(t *testing.T, b store.Backend, id, body string) {
	t.Helper()
	docs, err := b.Get(context.Background(), collection("settings"), []string{id})
	if err != nil || len(docs) != 1 {
		t.Fatalf("%s: %v, %v", id, docs, err)
	}
	docs[0].Body = []byte(body)
	if _, err := b.Swap(context.Background(), collection("settings"), docs); err != nil {
		t.Fatal(err)
	}
}

// failing ends a process at its first write to the conversations after some.
type failing struct {
	store.Backend
	after int
}

func (f *failing) Atomic() bool { return false }

func (f *failing) Atomically(_ context.Context, do func(store.Backend) error) error { return do(f) }

func (f *failing) Swap(ctx context.Context, c *store.Collection, docs []store.Doc) ([]bool, error) {
	if c.Name != "conversations" {
		return f.Backend.Swap(ctx, c, docs)
	}
	done, err := f.Backend.Swap(ctx, c, docs[:min(f.after, len(docs))])
	if err == nil {
		err = errCrash
	}
	return done, err
}
