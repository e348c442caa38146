package store

import (
	"context"
	"fmt"
	"slices"

	"agentreport/reports"
)

// Annotations lists what people noted on the time line, in order of time.
func (s *Store) Annotations(ctx context.Context) ([]reports.Annotation, error) {
	list, err := all[reports.Annotation](ctx, s, annotations)
	list = slices.DeleteFunc(list, func(a reports.Annotation) bool { return a.Removed() })
	slices.SortStableFunc(list, func(a, b reports.Annotation) int { return a.At.Compare(b.At) })
	return list, err
}

// AddAnnotation notes something. One of the same id stays as it is: it is the
// same note, sent twice.
func (s *Store) AddAnnotation(ctx context.Context, a reports.Annotation) error {
	if _, err := s.backend.Insert(ctx, annotations, []Doc{newDoc(a.ID, a)}); err != nil {
		return fmt.Errorf("note %s: %w", a.ID, err)
	}
	return nil
}

// RemoveAnnotation takes a note off the time line. It wraps reports.ErrNotFound
// where there is none of that id.
func (s *Store) RemoveAnnotation(ctx context.Context, id, by string) error {
	return update(ctx, s, annotations, id, func(a *reports.Annotation) error {
		if !a.Removed() {
			a.RemovedAt, a.RemovedBy = s.now().UTC(), by
		}
		return nil
	}, nil)
}
