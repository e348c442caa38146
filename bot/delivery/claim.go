package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"agentreport/reports"
)

// The protocol that makes a digest exactly one, with any number of processes,
// each of which may end anywhere. Its times hold while clocks differ by minutes,
// for each is measured on one process's own monotonic clock.
const (
	// A claim is taken over only by a process that has seen it unchanged so
	// long: its owner must by then have given up.
	takeOverAfter = 210 * time.Second
	// The owner may begin to post only so long after its last write.
	postWithin = 90 * time.Second
	// How often a claim of another process is looked at.
	watchEvery = 15 * time.Second
)

// errLost ends the work on a delivery that another process has taken over.
var errLost = errors.New("another process has taken the delivery over")

// claim is a delivery that this process works on.
type claim struct {
	*Sender
	d       reports.Delivery
	version int64
	since   time.Time // just before the last write, on this process's clock
	// What is drawn of the message and of the thread, each once.
	drawn, drawnThread []Picture
	noPictures         *reports.DeliveredFile // why no other picture need be tried
}

// acquire claims a delivery, or waits until whoever holds it is done or gone.
// It returns nil when the delivery is done.
func (s *Sender) acquire(ctx context.Context, fresh reports.Delivery) (*claim, error) {
	var seen int64
	var seenAt time.Time
	for {
		now := time.Now()
		d, version, err := s.Store.Delivery(ctx, fresh.ID)
		if err != nil {
			return nil, err
		}
		switch {
		case version == 0:
			fresh.State, fresh.Owner, fresh.ClaimedAt = reports.Claimed, s.Owner, now.UTC()
			fresh.Steps = []reports.Step{{At: now.UTC(), What: "claimed", Note: s.Owner}}
			fresh.Message()
			ok, err := s.Store.InsertDelivery(ctx, fresh)
			if err != nil {
				return nil, err
			}
			if ok {
				return &claim{Sender: s, d: fresh, version: 1, since: now}, nil
			}
			continue
		case d.Done():
			return nil, nil
		case version != seen:
			seen, seenAt = version, now
		case now.Sub(seenAt) >= takeOverAfter && !now.Before(d.RetryAt):
			c := &claim{Sender: s, d: d, version: version, since: now}
			before := d.Owner
			c.d.Owner = s.Owner
			adopt(&c.d, s.CatchUp)
			switch err := c.save(ctx, "taken over", before); {
			case err == nil:
				return c, nil
			case !errors.Is(err, errLost):
				return nil, err
			}
		}
		if err := wait(ctx, watchEvery); err != nil {
			return nil, err
		}
	}
}

// adopt completes a delivery that an earlier version began: it had no deadline, no moment
// of its figures and no parts.
func adopt(d *reports.Delivery, catchUp time.Duration) {
	if d.Deadline.IsZero() {
		if d.Manual {
			catchUp = sendWithin
		}
		d.Deadline, d.AsOf = d.Due.Add(catchUp), d.ClaimedAt
	}
	if m := d.Message(); m.State == reports.Posting && m.LeftAt.IsZero() {
		m.LeftAt = time.Now().UTC()
	}
}

// save writes the delivery with one more step, or returns errLost.
func (c *claim) save(ctx context.Context, what, note string) error {
	now := time.Now()
	next := c.d
	next.Steps = append(next.Steps[:len(next.Steps):len(next.Steps)], reports.Step{At: now.UTC(), What: what, Note: note})
	ok, err := c.Store.SwapDelivery(ctx, next, c.version)
	if err != nil {
		return err
	}
	if !ok {
		// Perhaps our own write, whose answer was lost.
		if have, version, err := c.Store.Delivery(ctx, c.d.ID); err != nil || version != c.version+1 || have.Owner != c.Owner || len(have.Steps) != len(next.Steps) || !have.Steps[len(have.Steps)-1].At.Equal(now.UTC()) {
			return errors.Join(err, errLost)
		}
	}
	c.d, c.version, c.since = next, c.version+1, now
	return nil
}

// saveSurely writes what has already happened, for as long as it takes.
func (c *claim) saveSurely(ctx context.Context, what, note string) error {
	b := backoff{first: time.Second, most: time.Minute, passes: func(err error) bool { return !errors.Is(err, errLost) }, before: func(err error, _ time.Duration) error {
		c.Log.Warn("store is away", "delivery", c.d.ID, "error", err)
		return nil
	}}
	return b.until(ctx, func() error { return c.save(ctx, what, note) })
}

// renew writes that this process is still at work, where it has been at it for long.
func (c *claim) renew(ctx context.Context) error {
	if time.Since(c.since) <= postWithin {
		return nil
	}
	return c.save(ctx, "renewed", "")
}

// finish writes the final state.
func (c *claim) finish(ctx context.Context, state reports.DeliveryState, note string) error {
	c.d.State, c.d.RetryAt = state, time.Time{}
	if err := c.saveSurely(ctx, string(state), note); err != nil {
		return fmt.Errorf("delivery %s: %w", c.d.ID, err)
	}
	if c.Delivered != nil {
		c.Delivered(state)
	}
	return nil
}
