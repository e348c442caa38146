package reports

import "errors"

// ErrNotFound is what an error wraps when the thing asked for is not there.
var ErrNotFound = errors.New("not found")

// ErrConflict is what an error wraps when somebody else changed the thing first.
var ErrConflict = errors.New("changed by somebody else")
