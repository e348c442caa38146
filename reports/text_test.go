package reports_test

import (
	"testing"

	"agentreport/reports"
)

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"write to kim.lee+a@example.co.uk please": "write to [email] please",
		"call +34 612 345 678":                    "call [phone number]",
		"call 612345678 now":                      "call [phone number] now",
		"card 4111 1111 1111 1111 was declined":   "card [card number] was declined",
		"account ES91 2100 0418 4502 0005 1332":   "account [account number]",
		"order 48213 of 2025-09-22":               "order 48213 of 2025-09-22",
		"12.50 € for 3 of 100":                    "12.50 € for 3 of 100",
		"¿dónde está?":                            "¿dónde está?",
	} {
		if got := reports.Mask(in); got != want {
			t.Errorf("Mask(%q) = %q; want %q", in, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"a\u202eb\u200bc\u2066d": "abcd",
		" a \n\t b ":             "a b",
		"👩\u200d🔧 works":         "👩\u200d🔧 works",
		"a\u200db":               "ab",
		"bell\a":                 "bell",
		"\ufeffbom":              "bom",
	} {
		if got := reports.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q; want %q", in, got, want)
		}
	}
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{{"short", 5, "short"}, {"a long sentence here", 18, "a long sentence…"}, {"ñandú", 3, "ña…"}, {"x", 0, ""}} {
		if got := reports.Shorten(tt.in, tt.n); got != tt.want {
			t.Errorf("Shorten(%q, %d) = %q; want %q", tt.in, tt.n, got, tt.want)
		}
	}
}
