package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"agentreport/reports"
)

// ErrAway is what an error wraps when the database cannot be reached: the same
// call may go through later.
var ErrAway = errors.New("the database is away")

// Store is the memory of one deployment. It is safe for concurrent use, by any
// number of processes.
type Store struct {
	database Backend // as it is
	backend  Backend // the database, for whoever has its rules
	rules    reports.Rules
	now      func() time.Time
	topics   *replica
	meaning  *understanding
}

// Open opens the store on a database under the rules of the deployment, and
// brings it to this program's schema. A store that is new takes the rules; one
// that has others gives a *RulesError.
func Open(ctx context.Context, b Backend, rules reports.Rules) (*Store, error) {
	s, err := OpenUnchecked(ctx, b, rules)
	if err != nil {
		return nil, err
	}
	if err := s.takeRules(ctx); err != nil {
		return nil, err
	}
	return s, s.CheckRules(ctx)
}

// OpenUnchecked opens the store without a look at its rules, for Rebuild.
func OpenUnchecked(ctx context.Context, b Backend, rules reports.Rules) (*Store, error) {
	if err := prepare(ctx, b); err != nil {
		return nil, err
	}
	return &Store{
		database: b, backend: &ruled{Backend: b, rules: rulesOf(rules)}, rules: rules,
		now: time.Now, topics: newReplica(), meaning: &understanding{},
	}, nil
}

// on is the same store on another backend: the one inside a transaction.
func (s *Store) on(b Backend) *Store {
	inside := *s
	inside.backend = b
	return &inside
}

// SetClock has the store take another time for the current one. It is called
// before the store is used.
func (s *Store) SetClock(now func() time.Time) { s.now = now }

// Rules are the rules under which the store was opened.
func (s *Store) Rules() reports.Rules { return s.rules }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.backend.Ping(ctx) }

// Close closes the backend.
func (s *Store) Close() error { return s.backend.Close() }

// get reads one document into a value.
func (s *Store) get(ctx context.Context, c *Collection, id string, into any) (Doc, error) {
	docs, err := s.backend.Get(ctx, c, []string{id})
	if err != nil {
		return Doc{}, fmt.Errorf("%s %s: %w", c.Name, id, err)
	}
	if len(docs) == 0 {
		return Doc{}, fmt.Errorf("%s %s: %w", c.Name, id, reports.ErrNotFound)
	}
	return docs[0], decode(c, docs[0], into)
}

func decode(c *Collection, d Doc, into any) error {
	if err := json.Unmarshal(d.Body, into); err != nil {
		return fmt.Errorf("%s %s is damaged: %w", c.Name, d.ID, err)
	}
	return nil
}

// newDoc is a document of a value of ours, which always encodes.
func newDoc(id string, value any, keys ...Key) Doc {
	body, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		panic(fmt.Sprintf("%T: %v", value, err))
	}
	return Doc{ID: id, Body: body, Keys: keys}
}

// errUnchanged ends an update that has nothing to do.
var errUnchanged = errors.New("unchanged")

// update reads a document, changes it and swaps it in, again and again until
// nobody else came between. A change that returns errUnchanged
// ends it without an error.
func update[T any](ctx context.Context, s *Store, c *Collection, id string, change func(*T) error, keys func(*T) []Key) error {
	for {
		var v T
		doc, err := s.get(ctx, c, id, &v)
		if err != nil {
			return err
		}
		if err := change(&v); errors.Is(err, errUnchanged) {
			return nil
		} else if err != nil {
			return err
		}
		next := newDoc(id, &v)
		if keys != nil {
			next.Keys = keys(&v)
		}
		next.Version = doc.Version
		ok, err := s.backend.Swap(ctx, c, []Doc{next})
		if err != nil {
			return fmt.Errorf("%s %s: %w", c.Name, id, err)
		}
		if ok[0] {
			return nil
		}
	}
}

// all reads every document of a collection, in the order of their ids.
func all[T any](ctx context.Context, s *Store, c *Collection) ([]T, error) {
	docs, err := s.backend.Find(ctx, c, Query{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	values := make([]T, len(docs))
	for i, d := range docs {
		if err := decode(c, d, &values[i]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// scan calls f with the documents of a query, some at a time. The query asks
// for all documents, for one value of an index, or for a range of ids.
func scan(ctx context.Context, b Backend, c *Collection, q Query, f func([]Doc) error) error {
	q.Limit = projectAtOnce
	for {
		docs, err := b.Find(ctx, c, q)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		if len(docs) > 0 {
			if err := f(docs); err != nil {
				return err
			}
			q.After.ID = docs[len(docs)-1].ID
		}
		if len(docs) < q.Limit {
			return nil
		}
	}
}
