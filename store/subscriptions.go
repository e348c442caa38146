package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"agentreport/reports"
)

// Subscriptions lists all subscriptions by id.
func (s *Store) Subscriptions(ctx context.Context) ([]reports.Subscription, error) {
	list, err := all[reports.Subscription](ctx, s, subscriptions)
	return slices.DeleteFunc(list, func(sub reports.Subscription) bool { return sub.Removed }), err
}

// errThere ends an update of what is not to be changed.
var errThere = errors.New("it exists already")

// AddSubscription stores a new subscription, and who made it. It wraps
// reports.ErrConflict where the id is taken.
func (s *Store) AddSubscription(ctx context.Context, sub reports.Subscription, by string) error {
	sub.History = nil
	sub.Note(nil, by, s.now())
	ok, err := s.backend.Insert(ctx, subscriptions, []Doc{newDoc(sub.ID, sub)})
	if err == nil && !ok[0] {
		err = update(ctx, s, subscriptions, sub.ID, func(have *reports.Subscription) error {
			if !have.Removed {
				return errThere
			}
			sub.History = append(have.History, sub.History...)
			*have = sub
			return nil
		}, nil)
	}
	if errors.Is(err, errThere) {
		err = fmt.Errorf("%w: %w", errThere, reports.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("subscription %s: %w", sub.ID, err)
	}
	return nil
}

// ChangeSubscription changes a subscription and keeps who did. It wraps
// reports.ErrNotFound where there is none of that id.
func (s *Store) ChangeSubscription(ctx context.Context, id, by string, change func(*reports.Subscription)) error {
	return update(ctx, s, subscriptions, id, func(sub *reports.Subscription) error {
		if sub.Removed {
			return fmt.Errorf("subscription %s: %w", id, reports.ErrNotFound)
		}
		was := *sub
		change(sub)
		sub.History = was.History
		sub.Note(&was, by, s.now())
		return nil
	}, nil)
}

// RemoveSubscription removes a subscription; its deliveries stay. It wraps
// reports.ErrNotFound where there is none of that id.
func (s *Store) RemoveSubscription(ctx context.Context, id, by string) error {
	return s.ChangeSubscription(ctx, id, by, func(sub *reports.Subscription) { sub.Removed = true })
}
