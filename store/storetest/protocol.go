package storetest

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentreport/reports"
	"agentreport/store"
)

// errCrash ends a process in the middle of its work.
var errCrash = errors.New("the process crashed")

// stepwise hands every operation of a process to a scheduler, which may let
// others go first, or end the process before or after the operation. It makes
// no promise beyond single documents.
type stepwise struct {
	store.Backend
	step  func() bool // yields; false ends the process
	crash func() bool
}

func (s *stepwise) Atomic() bool { return false }

func (s *stepwise) Atomically(_ context.Context, f func(store.Backend) error) error { return f(s) }

func do[T any](s *stepwise, op func() (T, error)) (T, error) {
	var none T
	if !s.step() || s.crash() {
		return none, errCrash
	}
	v, err := op()
	if err == nil && s.crash() {
		return none, errCrash
	}
	return v, err
}

func (s *stepwise) Insert(ctx context.Context, c *store.Collection, docs []store.Doc) ([]bool, error) {
	// A batch is not atomic: it may end between two documents.
	all := make([]bool, 0, len(docs))
	for i := range docs {
		ok, err := do(s, func() ([]bool, error) { return s.Backend.Insert(ctx, c, docs[i:i+1]) })
		if err != nil {
			return nil, err
		}
		all = append(all, ok...)
	}
	return all, nil
}

func (s *stepwise) Get(ctx context.Context, c *store.Collection, ids []string) ([]store.Doc, error) {
	return do(s, func() ([]store.Doc, error) { return s.Backend.Get(ctx, c, ids) })
}

func (s *stepwise) Find(ctx context.Context, c *store.Collection, q store.Query) ([]store.Doc, error) {
	return do(s, func() ([]store.Doc, error) { return s.Backend.Find(ctx, c, q) })
}

func (s *stepwise) Swap(ctx context.Context, c *store.Collection, docs []store.Doc) ([]bool, error) {
	all := make([]bool, 0, len(docs))
	for i := range docs {
		ok, err := do(s, func() ([]bool, error) { return s.Backend.Swap(ctx, c, docs[i:i+1]) })
		if err != nil {
			return nil, err
		}
		all = append(all, ok...)
	}
	return all, nil
}

func (s *stepwise) Unset(ctx context.Context, c *store.Collection, index string, docs []store.Doc) error {
	for i := range docs {
		if _, err := do(s, func() (bool, error) { return true, s.Backend.Unset(ctx, c, index, docs[i:i+1]) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *stepwise) Touch(ctx context.Context, c *store.Collection, ids []string) error {
	for i := range ids {
		if _, err := do(s, func() (bool, error) { return true, s.Backend.Touch(ctx, c, ids[i:i+1]) }); err != nil {
			return err
		}
	}
	return nil
}

// TestProtocol runs two writers, a reader and a sweeper one operation at a time
// in random order, with crashes anywhere. Whatever was reported as recorded is in
// every later report; in the end nothing is lost and nothing counted twice.
func TestProtocol(t *testing.T, open Open, runs int) {
	for run := range runs {
		rng := rand.New(rand.NewPCG(uint64(run), 1))
		protocolRun(t, open(t), rng, run)
		if t.Failed() {
			return
		}
	}
}

func protocolRun(t *testing.T, b store.Backend, rng *rand.Rand, run int) {
	ctx := context.Background()
	list := Events(rng, 3)
	openStore(t, b) // which gives it the rules
	newStore := func(yield func(struct{}) bool, mayCrash bool) (*store.Store, error) {
		return store.OpenUnchecked(ctx, &stepwise{
			b,
			func() bool { return yield(struct{}{}) },
			func() bool { return mayCrash && rng.IntN(25) == 0 },
		}, Rules)
	}
	var recorded []reports.Event // reported as such
	writer := func(batch []reports.Event) iter.Seq[struct{}] {
		return func(yield func(struct{}) bool) {
			for {
				s, err := newStore(yield, true)
				if err == nil {
					_, err = s.Record(ctx, batch)
				}
				if err == nil {
					recorded = append(recorded, batch...)
					return
				}
				if !errors.Is(err, errCrash) {
					t.Errorf("run %d: Record: %v", run, err)
					return
				}
				if rng.IntN(3) == 0 || !yield(struct{}{}) {
					return // never comes back: the sweep has to finish its work
				}
			}
		}
	}
	reader := func(yield func(struct{}) bool) {
		for range 4 {
			if !yield(struct{}{}) {
				return
			}
			// What is certain when the read begins must be in what it returns.
			certain := len(dedupe(recorded))
			var days []reports.DayTally
			s, err := newStore(yield, false)
			if err == nil {
				days, err = s.Days(ctx, reports.Range{From: "2025-01-01", To: "2026-01-01"}, Now)
			}
			if err != nil {
				if !errors.Is(err, errCrash) {
					t.Errorf("run %d: Days: %v", run, err)
				}
				return
			}
			if certain == len(dedupe(list)) && len(recorded) >= len(list) {
				if d := diffDays(Tallies(list, Now), days); d != "" {
					t.Errorf("run %d: everything is recorded, a report differs:\n%s", run, d)
				}
			}
		}
	}
	sweeper := func(yield func(struct{}) bool) {
		for range 2 {
			if !yield(struct{}{}) {
				return
			}
			s, err := newStore(yield, true)
			if err == nil {
				_, err = s.Sweep(ctx)
			}
			if err != nil && !errors.Is(err, errCrash) {
				t.Errorf("run %d: Sweep: %v", run, err)
			}
		}
	}
	// Overlapping batches, as two processes that import the same file.
	cut := len(list) / 3
	play(rng, writer(list[:2*cut]), writer(list[cut:]), reader, sweeper, reader)

	s := openStore(t, b)
	if _, err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	verified(t, s, run)
	if _, err := s.Record(ctx, list); err != nil {
		t.Fatal(err)
	}
	days, err := s.Days(ctx, reports.Range{From: "2025-01-01", To: "2026-01-01"}, Now)
	if err != nil {
		t.Fatal(err)
	}
	if d := diffDays(Tallies(list, Now), days); d != "" {
		t.Errorf("run %d: in the end the figures differ (-want +got):\n%s", run, d)
	}
	verified(t, s, run)
}

// play resumes the processes in random order until all have ended.
func play(rng *rand.Rand, processes ...iter.Seq[struct{}]) {
	var next []func() (struct{}, bool)
	for _, p := range processes {
		n, stop := iter.Pull(p)
		defer stop()
		next = append(next, n)
	}
	for len(next) > 0 {
		i := rng.IntN(len(next))
		if _, ok := next[i](); !ok {
			next = append(next[:i], next[i+1:]...)
		}
	}
}

func dedupe(list []reports.Event) map[string]bool {
	m := map[string]bool{}
	for _, e := range list {
		m[e.Key()] = true
	}
	return m
}

func diffDays(want, got []reports.DayTally) string {
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(reports.DayTally{}, "From", "Until"))
}

func verified(t *testing.T, s *store.Store, run int) {
	t.Helper()
	v, err := s.Verify(context.Background(), Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range v.Differences {
		t.Errorf("run %d: verify: %s", run, d)
	}
}
