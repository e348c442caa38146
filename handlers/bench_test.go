package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkPostEvents sends new events over HTTP, each answered when it is
// durable.
func BenchmarkPostEvents(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("batch%d", n), func(b *testing.B) {
			a := start(b)
			i := 0
			for b.Loop() {
				var body strings.Builder
				for range n {
					fmt.Fprintf(&body, `{"id":"%d","type":"message","actor":"agent","conversation":"c%d","at":"2025-09-22T10:00:00Z","text":"It left our warehouse"}`+"\n", i, i/5)
					i++
				}
				res, answer := a.do(b, "POST", "/v1/events", a.token, body.String(), "Content-Type", "application/x-ndjson")
				if res.StatusCode != http.StatusOK {
					b.Fatal(answer)
				}
			}
			b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
