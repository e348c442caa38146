package store

import (
	"context"
	"fmt"
	"slices"

	"agentreport/reports"
)

// Explain returns the conversations of an id: those of one source, or of every
// source where it is empty. It wraps reports.ErrNotFound where there is none.
func (s *Store) Explain(ctx context.Context, source, id string) ([]reports.Explained, error) {
	keys, err := s.conversationKeys(ctx, source, id)
	if err != nil {
		return nil, err
	}
	found, err := s.backend.Find(ctx, events, Query{Index: "conversation", In: keys})
	if err != nil {
		return nil, fmt.Errorf("conversation %s: %w", id, err)
	}
	grouped, err := groupEvents(found)
	if err != nil {
		return nil, err
	}
	gone, err := s.erasedAmong(ctx, s.backend, keys)
	if err != nil {
		return nil, err
	}
	var out []reports.Explained
	for _, key := range keys {
		if g := grouped[key]; g != nil {
			list := g.events()
			facts := s.rules.Fold(list)
			out = append(out, reports.Explained{Conversation: facts, Events: list, Erased: gone[key]})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("conversation %s: %w", id, reports.ErrNotFound)
	}
	return out, nil
}

// conversationKeys are the keys under which a conversation's id may be stored.
func (s *Store) conversationKeys(ctx context.Context, source, id string) ([]string, error) {
	if source != "" {
		return []string{reports.Key(source, id)}, nil
	}
	known, err := s.Sources(ctx)
	if err != nil {
		return nil, err
	}
	keys := []string{reports.Key(reports.DefaultSource, id)}
	for _, src := range known {
		keys = append(keys, reports.Key(src.Name, id))
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}
