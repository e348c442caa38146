package sources

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// misshapen says that a payload is not what its system sends, and where.
func misshapen(what string, err error) error {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) && semantic.JSONPointer != "" {
		return fmt.Errorf("%s: %s is not as it should be", what, semantic.JSONPointer)
	}
	return errors.New(what)
}

// number is an id that vendors write as a string or a number.
type number string

// UnmarshalJSONFrom reads a string, a number as it is written, or null.
func (n *number) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	switch v.Kind() {
	case '"':
		var s string
		if err := json.Unmarshal(v, &s); err != nil {
			return err
		}
		*n = number(s)
	case '0':
		*n = number(v)
	case 'n':
	default:
		return fmt.Errorf("%s is not an id", v)
	}
	return nil
}

// unix is a time that is written as seconds since 1970, or as RFC 3339.
type unix struct{ time.Time }

// UnmarshalJSONFrom reads a number of seconds, a text that holds one, a time or null.
func (u *unix) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := dec.ReadValue()
	if err != nil || v.Kind() == 'n' {
		return err
	}
	s := string(bytes.Trim(v, `"`))
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		whole, part := math.Modf(n)
		u.Time = time.Unix(int64(whole), int64(math.Round(part*1e3))*1e6).UTC()
		return nil
	}
	if s == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return fmt.Errorf("%q is not a time", s)
	}
	u.Time = t
	return nil
}

// first is the first time that there is.
func first(times ...unix) unix {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return unix{}
}

func unique(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

// jsonHas reports whether an object has a member.
func jsonHas(raw []byte, name string) bool {
	var members map[string]jsontext.Value
	return json.Unmarshal(raw, &members) == nil && members[name] != nil
}
