package bot

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
func (b *Bot) Run(ctx context.Context) {
	var running sync.Map // delivery ids under way in this process
	done := map[string]bool{}
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		next := b.clock().Add(lookEvery)
		subs, err := b.Store.Subscriptions(ctx)
		if err != nil && ctx.Err() == nil {
			b.Log.Error("subscriptions", "error", err)
		}
		for _, sub := range subs {
			if sub.Paused {
				continue
			}
			due, soon, err := b.due(sub, b.clock())
			if err != nil {
				b.Log.Error("subscription", "id", sub.ID, "error", err)
				continue
			}
			if soon.Before(next) {
				next = soon
			}
			for _, f := range due {
				id := reports.DeliveryID(sub.ID, f.week)
				if done[id] {
					continue
				}
				if _, busy := running.LoadOrStore(id, true); busy {
					continue
				}
				d, version, err := b.Store.Delivery(ctx, id)
				if err != nil {
					b.Log.Error("delivery", "id", id, "error", err)
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
					if err := b.deliverOrMiss(ctx, sub, f, id, version > 0); err != nil && ctx.Err() == nil {
						b.Log.Error("delivery", "id", id, "error", err)
					}
				})
			}
		}
		look := time.NewTimer(next.Sub(b.clock()))
		select {
		case <-look.C:
		case <-b.Wake:
		case <-ctx.Done():
			return
		}
	}
}

// firing is one time at which a digest is due.
type firing struct {
	at   time.Time
	week reports.Week
}

func (b *Bot) deliverOrMiss(ctx context.Context, sub reports.Subscription, f firing, id string, begun bool) error {
	if !begun && b.clock().Sub(f.at) > b.CatchUp {
		return b.missed(ctx, sub, f.week, f.at)
	}
	return b.Deliver(ctx, sub, f.week, f.at, id)
}

// due are the times at which the subscription's digest was due since it is
// active, and the next one.
func (b *Bot) due(sub reports.Subscription, now time.Time) ([]firing, time.Time, error) {
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
	var list []firing
	t := s.Next(since.Add(-time.Nanosecond))
	for ; !t.IsZero() && !t.After(now); t = s.Next(t) {
		list = append(list, firing{t, s.Week(t)})
	}
	return list, t, nil
}
