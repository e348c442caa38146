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
