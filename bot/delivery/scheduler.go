package delivery

import (
	"context"
	"slices"
	"sync"
	"time"

	"agentreport/reports"
	"agentreport/reports/lang"
)

// lookEvery is how often the subscriptions are read: a change made elsewhere is
// seen within this time.
const lookEvery = 30 * time.Second

// lookBack is how far back digests that nobody delivered are recorded as missed.
const lookBack = 5 * 7 * 24 * time.Hour

// scheduler is what one process has under way.
type scheduler struct {
	*Sender
	running sync.Map        // delivery ids
	done    map[string]bool // delivery ids of which nothing is left to do
	wg      sync.WaitGroup
}

// Run delivers what is due and goes on with what others left, until the context ends, and
// then waits for what it is doing. One that fails does not stop another.
func (s *Sender) Run(ctx context.Context) {
	r := &scheduler{Sender: s, done: map[string]bool{}}
	defer r.wg.Wait()
	for {
		next := r.look(ctx)
		soon := time.NewTimer(next.Sub(s.clock()))
		select {
		case <-soon.C:
		case <-s.Wake:
		case <-ctx.Done():
			return
		}
	}
}

// look begins what is due or was left, and returns when to look again.
func (r *scheduler) look(ctx context.Context) time.Time {
	next := r.clock().Add(lookEvery)
	subs, err := r.Store.Subscriptions(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.Log.Error("subscriptions", "error", err)
		}
		return next
	}
	for _, sub := range subs {
		if sub.Paused {
			continue
		}
		due, soon, err := Due(sub, r.clock())
		if err != nil {
			r.Log.Error("subscription", "id", sub.ID, "error", err)
			continue
		}
		if soon.Before(next) {
			next = soon
		}
		for _, f := range due {
			if id := reports.DeliveryID(sub.ID, f.Week); !r.done[id] {
				r.begin(ctx, id, func(d reports.Delivery, version int64) error { return r.deliverDue(ctx, sub, f, d, version) })
			}
		}
	}
	open, err := r.Store.OpenDeliveries(ctx)
	if err != nil && ctx.Err() == nil {
		r.Log.Error("deliveries", "error", err)
	}
	for _, d := range open {
		at := slices.IndexFunc(subs, func(sub reports.Subscription) bool { return sub.ID == d.Subscription })
		sub := reports.Subscription{ID: d.Subscription, Removed: true}
		if at >= 0 {
			sub = subs[at]
		}
		r.begin(ctx, d.ID, func(d reports.Delivery, version int64) error { return r.resume(ctx, sub, d, version) })
	}
	return next
}

// begin does something for a delivery as it is now, unless this process is doing that
// already.
func (r *scheduler) begin(ctx context.Context, id string, do func(d reports.Delivery, version int64) error) {
	if _, busy := r.running.LoadOrStore(id, true); busy {
		return
	}
	d, version, err := r.Store.Delivery(ctx, id)
	if err != nil {
		r.Log.Error("delivery", "id", id, "error", err)
		r.running.Delete(id)
		return
	}
	if version > 0 && !d.Open() {
		r.done[id] = true
		r.running.Delete(id)
		return
	}
	r.wg.Go(func() {
		defer r.running.Delete(id)
		if err := do(d, version); err != nil && ctx.Err() == nil {
			r.Log.Error("delivery", "id", id, "error", err)
		}
	})
}

// deliverDue delivers what is due, or records that it is too late for it. The version is 0
// where nobody began.
func (r *scheduler) deliverDue(ctx context.Context, sub reports.Subscription, f Firing, d reports.Delivery, version int64) error {
	switch {
	case version > 0 && d.Done():
		return r.tellLeft(ctx, d, version, lang.For(sub.Language))
	case version == 0 && r.clock().Sub(f.At) > r.CatchUp:
		return r.miss(ctx, sub, f.Week, f.At)
	}
	return r.Deliver(ctx, sub, f.Week, f.At, reports.DeliveryID(sub.ID, f.Week))
}

// resume goes on with a delivery that somebody began.
func (r *scheduler) resume(ctx context.Context, sub reports.Subscription, d reports.Delivery, version int64) error {
	if d.Done() {
		return r.tellLeft(ctx, d, version, lang.For(sub.Language))
	}
	return r.bring(ctx, sub, d)
}

// Firing is one time at which a digest is due, and the week that it reports.
type Firing struct {
	At   time.Time
	Week reports.Week
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
