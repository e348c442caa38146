package reports

import "errors"

// ErrNotFound is what an error wraps when the thing asked for is not there.
var ErrNotFound = errors.New("not found")

// ErrConflict is what an error wraps when somebody else changed the thing first.
var ErrConflict = errors.New("changed by somebody else")

// ErrOtherRules is what an error wraps where the store counts by other rules
// (zone, window, version of the figures) than the program is configured with.
var ErrOtherRules = errors.New("the store counts by other rules")

// ErrRebuilding is what an error wraps while the figures are computed anew.
var ErrRebuilding = errors.New("the figures are being computed anew: ask again once 'agent-report rebuild' has ended; if it was interrupted, run it again")
