package store

import (
	"context"
	"fmt"

	"agentreport/reports"
)

// foldVersion is raised whenever the fold, the figures or their order change, so
// that what an older program projected is projected again.
const foldVersion = 3

// rulesDoc is what the projections in the store are made with.
type rulesDoc struct {
	Zone   string `json:"zone"`
	Window string `json:"window"`
	Fold   int    `json:"fold"`
}

// storedRules are the store's.
type storedRules struct {
	rulesDoc
	// Rebuilding is set from the moment in which the rules change until everything
	// is projected by them.
	Rebuilding bool `json:"rebuilding,omitzero"`
}

const rulesID = "rules"

func rulesOf(r reports.Rules) rulesDoc {
	return rulesDoc{r.Zone.String(), r.Window.String(), foldVersion}
}

// RulesError says that the store counts by other rules than the program is
// configured with. It wraps reports.ErrOtherRules.
type RulesError struct{ Stored, Configured rulesDoc }

func (e *RulesError) Error() string {
	have, want := e.Stored, e.Configured
	differ := func(what, has, says string) string {
		return fmt.Sprintf("the store was made with %s and %s here says %s: set it to %[1]s and start again, or run 'agent-report rebuild', which changes the store to %[3]s", has, what, says)
	}
	switch {
	case have.Fold > want.Fold:
		return fmt.Sprintf("the store counts by version %d of the figures, this program by version %d: use the newer agent-report that wrote it", have.Fold, want.Fold)
	case have.Zone != want.Zone:
		return differ("AGENT_REPORT_ZONE", have.Zone, want.Zone)
	case have.Window != want.Window:
		return differ("AGENT_REPORT_WINDOW", have.Window, want.Window)
	}
	return fmt.Sprintf("the store counts by version %d of the figures, this program by version %d: run 'agent-report rebuild', which brings it over; nothing that was sent or set up is lost", have.Fold, want.Fold)
}

func (e *RulesError) Unwrap() error { return reports.ErrOtherRules }

// readRules are the rules that the store has; reports.ErrNotFound where it has none.
func readRules(ctx context.Context, b Backend) (storedRules, int64, error) {
	docs, err := b.Get(ctx, settings, []string{rulesID})
	if err != nil {
		return storedRules{}, 0, fmt.Errorf("store rules: %w", err)
	}
	if len(docs) == 0 {
		return storedRules{}, 0, fmt.Errorf("store rules: %w: the store was emptied or replaced, start the program again", reports.ErrNotFound)
	}
	var have storedRules
	return have, docs[0].Version, decode(settings, docs[0], &have)
}

// check compares the store's rules with those of the program.
func (want rulesDoc) check(ctx context.Context, b Backend) (storedRules, error) {
	have, _, err := readRules(ctx, b)
	if err == nil && have.rulesDoc != want {
		err = &RulesError{have.rulesDoc, want}
	}
	return have, err
}

// mayRead reports why figures cannot be read: the store was rebuilt under other
// rules, or that goes on.
func (s *Store) mayRead(ctx context.Context) error {
	have, err := rulesOf(s.rules).check(ctx, s.backend)
	if err == nil && have.Rebuilding {
		err = reports.ErrRebuilding
	}
	return err
}

// CheckRules compares the store's rules with the program's: they can change
// while it runs, when another process rebuilds the store.
func (s *Store) CheckRules(ctx context.Context) error {
	_, err := rulesOf(s.rules).check(ctx, s.backend)
	return err
}

// Ready reports why nothing can be stored: the database does not answer, or the
// store has other rules by now.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.backend.Ping(ctx); err != nil {
		return err
	}
	return s.CheckRules(ctx)
}

// takeRules gives a store that is new the rules of the program.
func (s *Store) takeRules(ctx context.Context) error {
	_, err := s.database.Insert(ctx, settings, []Doc{newDoc(rulesID, storedRules{rulesDoc: rulesOf(s.rules)})})
	if err != nil {
		return fmt.Errorf("store rules: %w", err)
	}
	return nil
}

// changeRules makes the program's rules the store's. From then on no process
// writes by the old ones, and no figure is read until Rebuild has ended.
func (s *Store) changeRules(ctx context.Context) error {
	if err := s.takeRules(ctx); err != nil {
		return err
	}
	want := rulesOf(s.rules)
	return update(ctx, s.on(s.database), settings, rulesID, func(have *storedRules) error {
		switch {
		case have.Fold > want.Fold:
			return &RulesError{have.rulesDoc, want}
		case have.rulesDoc == want:
			return errUnchanged
		}
		*have = storedRules{want, true}
		return nil
	}, nil)
}

// rebuilt tells that everything is projected by the program's rules.
func (s *Store) rebuilt(ctx context.Context) error {
	return update(ctx, s, settings, rulesID, func(have *storedRules) error {
		if !have.Rebuilding {
			return errUnchanged
		}
		have.Rebuilding = false
		return nil
	}, nil)
}

// ruled is a backend that writes only while the store has the program's rules.
//
// The rules are read before each write and after what the write rests on. In a
// transaction nobody can change them meanwhile. Elsewhere they can, but then
// Rebuild reads every document after it has changed them: either it sees what
// was written, or the write is of a version that Rebuild has replaced, and is lost.
type ruled struct {
	Backend
	rules rulesDoc
	known bool // in a transaction that has read them
}

func (b *ruled) write(ctx context.Context, f func(Backend) error) error {
	if b.known {
		return f(b.Backend)
	}
	return b.Atomically(ctx, func(inside Backend) error {
		if in := inside.(*ruled); in.known {
			return f(in.Backend)
		}
		if _, err := b.rules.check(ctx, b.Backend); err != nil {
			return err
		}
		return f(b.Backend)
	})
}

// Atomically implements Backend.
func (b *ruled) Atomically(ctx context.Context, f func(Backend) error) error {
	if b.known || !b.Atomic() {
		return f(b)
	}
	return b.Backend.Atomically(ctx, func(inside Backend) error {
		if _, err := b.rules.check(ctx, inside); err != nil {
			return err
		}
		return f(&ruled{inside, b.rules, true})
	})
}

// Insert implements Backend.
func (b *ruled) Insert(ctx context.Context, c *Collection, docs []Doc) (done []bool, err error) {
	if len(docs) == 0 {
		return nil, nil
	}
	err = b.write(ctx, func(in Backend) (err error) {
		done, err = in.Insert(ctx, c, docs)
		return err
	})
	return done, err
}

// Swap implements Backend.
func (b *ruled) Swap(ctx context.Context, c *Collection, docs []Doc) (done []bool, err error) {
	if len(docs) == 0 {
		return nil, nil
	}
	err = b.write(ctx, func(in Backend) (err error) {
		done, err = in.Swap(ctx, c, docs)
		return err
	})
	return done, err
}

// Unset implements Backend.
func (b *ruled) Unset(ctx context.Context, c *Collection, index string, docs []Doc) error {
	if len(docs) == 0 {
		return nil
	}
	return b.write(ctx, func(in Backend) error { return in.Unset(ctx, c, index, docs) })
}

// Touch implements Backend.
func (b *ruled) Touch(ctx context.Context, c *Collection, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return b.write(ctx, func(in Backend) error { return in.Touch(ctx, c, ids) })
}

// Delete implements Backend.
func (b *ruled) Delete(ctx context.Context, c *Collection, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return b.write(ctx, func(in Backend) error { return in.Delete(ctx, c, ids) })
}
