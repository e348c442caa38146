package bot

import (
	"context"
	"sync"
	"time"
)

// pacer lets a view be updated by one at a time, and once a second at most while
// a person types in it: Slack allows no more. Of what comes meanwhile the last
// that was typed goes through, in whatever order it arrives.
type pacer struct {
	mu    sync.Mutex
	views map[string]*pace
}

// pace is where the updates of a view are. Busy holds whoever updates it, who
// alone touches next, ours and hash.
type pace struct {
	busy chan struct{}
	last string // when the last thing that asked was done, by Slack's clock; guarded by the pacer

	next time.Time // when the view may be updated again
	// What a person did before their client had the last update bears a hash from
	// before it: ours are those that an update of ours replaced, with hash.
	ours map[string]bool
	hash string
}

const updateEvery = time.Second

// turn waits until a view may be updated for what was done at a time of Slack's
// clock. It returns nil where something later asked, unless it is to go through
// anyway, and when ctx ends. Whoever has the turn ends it with done.
func (p *pacer) turn(ctx context.Context, view, at string, anyway bool) *pace {
	v := p.asks(view, at)
	select {
	case v.busy <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	if anyway {
		return v
	}
	if !p.isLate(v, at) {
		select {
		case <-time.After(time.Until(v.next)):
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil || p.isLate(v, at) {
		v.done()
		return nil
	}
	return v
}

func (p *pacer) asks(view, at string) *pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.views == nil || len(p.views) > 1000 {
		p.views = map[string]*pace{}
	}
	v := p.views[view]
	if v == nil {
		v = &pace{busy: make(chan struct{}, 1), ours: map[string]bool{}}
		p.views[view] = v
	}
	v.last = max(v.last, at)
	return v
}

func (p *pacer) isLate(v *pace, at string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return at < v.last
}

// base is the hash with which the view is to be updated for what was done at an
// earlier one.
func (v *pace) base(given string) string {
	if v.ours[given] {
		return v.hash
	}
	return given
}

// updated keeps that an update of ours replaced what had a hash; none where it
// was refused.
func (v *pace) updated(was, hash string) {
	v.next = time.Now().Add(updateEvery)
	if hash != "" {
		v.ours[was], v.hash = true, hash
	}
}

func (v *pace) done() { <-v.busy }
