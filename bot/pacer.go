package bot

import (
	"context"
	"sync"
	"time"
)

// pacer lets a view be updated once a second at most while a person types in it:
// Slack allows no more. Of what comes meanwhile the last goes through.
type pacer struct {
	mu    sync.Mutex
	views map[string]*pace
}

type pace struct {
	next time.Time // when the view may be updated again
	last int       // how many have asked
	// What a person typed before their client had the last update bears a hash
	// from before it: ours are those that an update of ours replaced.
	ours map[string]bool
	hash string // since the last of them
}

const updateEvery = time.Second

// turn waits until a view may be updated; false where somebody asked later.
func (p *pacer) turn(ctx context.Context, view string) bool {
	p.mu.Lock()
	if p.views == nil || len(p.views) > 1000 {
		p.views = map[string]*pace{}
	}
	v := p.views[view]
	if v == nil {
		v = &pace{}
		p.views[view] = v
	}
	v.last++
	mine, wait := v.last, time.Until(v.next)
	p.mu.Unlock()
	if pause(ctx, max(wait, 0)) != nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if mine != v.last {
		return false
	}
	v.next = time.Now().Add(updateEvery)
	return true
}

// hash is the hash with which a view is to be updated for what was typed at an
// earlier one.
func (p *pacer) hash(view, given string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v := p.views[view]; v != nil && v.ours[given] {
		return v.hash
	}
	return given
}

// updated keeps that an update of ours replaced what had a hash; none where it
// was refused.
func (p *pacer) updated(view, was, hash string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := p.views[view]
	if v == nil || hash == "" {
		return
	}
	if v.ours == nil || len(v.ours) > 100 {
		v.ours = map[string]bool{}
	}
	v.ours[was], v.ours[v.hash] = true, true
	v.hash = hash
}
