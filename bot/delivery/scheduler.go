package delivery

import (
	"context"
	"sync"
	"time"

	"agentreport/reports"
)

// lookEvery is how often the subscriptions are read: a change made elsewhere is
// seen within this time.
const lookEvery = 30 * time.Second

// lookBack is how far back digests that nobody delivered are recorded as missed.
const lookBack = 5 * 7 * 24 * time.Hour

// Run delivers what is due, until the context ends, and then waits for what
// it is doing. One that fails does not stop another.
func (s *Sender) Run(ctx context.Context) {
	var running sync.Map // delivery ids under way in this process
	done := map[string]bool{}
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		next := s.clock().Add(lookEvery)
		subs, err := s.Store.Subscriptions(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.Error("subscriptions", "error", err)
		}
		for _, sub := range subs {
			if sub.Paused {
				continue
			}
			due, soon, err := Due(sub, s.clock())
			if err != nil {
				s.Log.Error("subscription", "id", sub.ID, "error", err)
				continue
			}
			if soon.Before(next) {
				next = soon
			}
			for _, f := range due {
				id := reports.DeliveryID(sub.ID, f.Week)
				if done[id] {
					continue
				}
				if _, busy := running.LoadOrStore(id, true); busy {
					continue
				}
				d, version, err := s.Store.Delivery(ctx, id)
				if err != nil {
					s.Log.Error("delivery", "id", id, "error", err)
					running.Delete(id)
					continue
				}
				if version > 0 && d.Done() {
					done[id] = true
					running.Delete(id)
					continue
				}
				wg.Go(func() {
					defer running.Delete(id)
					if err := s.deliverOrMiss(ctx, sub, f, id, version > 0); err != nil && ctx.Err() == nil {
						s.Log.Error("delivery", "id", id, "error", err)
					}
				})
			}
		}
		look := time.NewTimer(next.Sub(s.clock()))
		select {
		case <-look.C:
		case <-s.Wake:
		case <-ctx.Done():
			return
		}
	}
}

// Firing is one time at which a digest is due.
type Firing struct {
	At   time.Time
	Week reports.Week
}

func (s *Sender) deliverOrMiss(ctx context.Context, sub reports.Subscription, f Firing, id string, begun bool) error {
	if !begun && s.clock().Sub(f.At) > s.CatchUp {
		return s.missed(ctx, sub, f.Week, f.At)
	}
	return s.Deliver(ctx, sub, f.Week, f.At, id)
}

// Due are the times at which the subscription's digest was due since it is
// active, and the next one.
func Due(sub reports.Subscription, now time.Time) ([]Firing, time.Time, error) {
	zone, err := time.LoadLocation(sub.Zone)
	if err != nil {
		return nil, time.Time{}, err
	}
	s, err := parseSchedule(sub.Schedule, zone)
	if err != nil {
		return nil, time.Time{}, err
	}
	since := now.Add(-lookBack)
	if sub.ActiveAt.After(since) {
		since = sub.ActiveAt
	}
	var list []Firing
	t := s.Next(since.Add(-time.Nanosecond))
	for ; !t.IsZero() && !t.After(now); t = s.Next(t) {
		list = append(list, Firing{t, s.Week(t)})
	}
	return list, t, nil
}
