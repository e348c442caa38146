package handlers_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"agentreport/handlers"
	"agentreport/handlers/sources"
	"agentreport/reports"
	"agentreport/store"
	"agentreport/store/sqlite"
)

// away is a database that a test can take away.
type away struct {
	*store.Store
	gone bool
}

var errGone = fmt.Errorf("connection refused: %w", store.ErrAway)

func (a *away) Record(ctx context.Context, batch []reports.Event) (reports.Recorded, error) {
	if a.gone {
		return reports.Recorded{}, errGone
	}
	return a.Store.Record(ctx, batch)
}

func (a *away) UseToken(ctx context.Context, secret string) (reports.Token, error) {
	if a.gone {
		return reports.Token{}, errGone
	}
	return a.Store.UseToken(ctx, secret)
}

func (a *away) Ready(ctx context.Context) error {
	if a.gone {
		return errGone
	}
	return a.Store.Ready(ctx)
}

type api struct {
	*httptest.Server
	db    *away
	token string // of a source called desk
	admin string
}

func start(t testing.TB) *api {
	t.Helper()
	b, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), b, reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow})
	if err != nil {
		t.Fatal(err)
	}
	a := &api{db: &away{Store: s}}
	a.token, err = s.CreateToken(t.Context(), "desk", "desk", []reports.Scope{reports.ScopeIngest})
	if err != nil {
		t.Fatal(err)
	}
	a.admin, err = s.CreateToken(t.Context(), "admin", "", []reports.Scope{reports.ScopeAdmin})
	if err != nil {
		t.Fatal(err)
	}
	rasa, _ := sources.Find("rasa")
	otlp, _ := sources.Find("otlp")
	h := &handlers.Server{
		Store: a.db, IngestToken: "fixed", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Metrics: handlers.NewMetrics(),
		Sources: map[string]*sources.Config{"rasa": {Source: rasa, Names: rasa.Defaults}, "otlp": {Source: otlp, Names: otlp.Defaults}},
	}
	a.Server = httptest.NewServer(h.Routes())
	t.Cleanup(func() {
		a.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func (a *api) do(t testing.TB, method, path, token, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, a.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, strings.TrimSpace(string(b))
}

const one = `{"id":"1","type":"started","conversation":"c","at":"2025-09-22T10:00:00Z"}`

func gz(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

func TestEvents(t *testing.T) {
	nd := []string{"Content-Type", "application/x-ndjson"}
	zipped := []string{"Content-Encoding", "gzip"}
	for _, tt := range []struct {
		name    string
		body    string
		headers []string
		status  int
		want    string // of the answer
	}{
		{"one object", one, nil, 200, `"accepted":1,"duplicates":0,"rejected":[]`},
		{"an array", "[" + one + "," + one + "]", nil, 200, `"accepted":1,"duplicates":1`},
		{"an empty array", "[]", nil, 200, `"accepted":0`},
		{"NDJSON", one + "\n\n" + one, nd, 200, `"accepted":1,"duplicates":1`},
		{"NDJSON with a bad line", "{nonsense\n" + one, nd, 422, `"accepted":1,"duplicates":0,"rejected":[{"index":0,"id":"","field":"","error":"is not a JSON object`},
		{"gzip", gz(one), zipped, 200, `"accepted":1`},
		{"not gzip", one, zipped, 400, "not gzip"},
		{"a gzip bomb", gz("[" + strings.Repeat(" ", 40<<20)), zipped, 413, "over 10 MB"},
		{"over 10 MB", strings.Repeat(" ", 11<<20) + one, nil, 413, "over 10 MB"},
		{"too many", "[" + strings.TrimSuffix(strings.Repeat(one+",", 10_001), ",") + "]", nil, 413, "more than 10000 events"},
		{"nothing", "", nil, 400, "not JSON"},
		{"not JSON", "hello", nil, 400, "not JSON"},
		{"cut off", "[" + one, nil, 400, "not JSON"},
		{"a number", "5", nil, 400, "neither an object nor an array"},
		{"lines as JSON", one + "\n" + one, nil, 200, `"duplicates":1`},
		{"another type", "<x/>", []string{"Content-Type", "text/xml"}, 415, "text/xml"},
		{"another encoding", one, []string{"Content-Encoding", "br"}, 415, "br"},
		{"an array of numbers", "[1]", nil, 422, "is not a JSON object"},
		{"unknown type", strings.Replace(one, "started", "began", 1), nil, 422, `"id":"1","field":"type"`},
		{"no zone", strings.Replace(one, "00Z", "00", 1), nil, 422, `"field":"at"`},
		{"a field twice", strings.Replace(one, `"id"`, `"id":"0","id"`, 1), nil, 422, `"field":"id","error":"is given twice"`},
		{"invalid UTF-8", strings.Replace(one, `"c"`, "\"c\xff\"", 1), nil, 422, `"field":"conversation","error":"is not valid UTF-8"`},
		{"a field of 1 MB", strings.Replace(one, `"c"`, `"c","text":"`+strings.Repeat("x", 1<<20)+`"`, 1), nil, 422, "at most"},
		{"score 0", strings.Replace(one, `"started"`, `"feedback","score":0`, 1), nil, 422, `"field":"score"`},
		{"score 4.5", strings.Replace(one, `"started"`, `"feedback","score":4.5`, 1), nil, 422, `"field":"score"`},
		{"score as text", strings.Replace(one, `"started"`, `"feedback","score":"4"`, 1), nil, 422, `"field":"score","error":"must be a number"`},
		{"a script as URL", strings.Replace(one, `"c"`, `"c","url":"javascript:alert(1)"`, 1), nil, 422, `"field":"url"`},
		{"member as text", strings.Replace(one, `"c"`, `"c","member":"Ana"`, 1), nil, 422, `"field":"member","error":"must be an object"`},
		{"null and unknown fields", strings.Replace(one, `"c"`, `"c","text":null,"plan":{"tier":1}`, 1), nil, 200, `"accepted":1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			res, body := a.do(t, "POST", "/v1/events", a.token, tt.body, tt.headers...)
			if res.StatusCode != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("%d %s; want %d with %s", res.StatusCode, reports.Shorten(body, 400), tt.status, tt.want)
			}
			if !json.Valid([]byte(body)) {
				t.Errorf("the answer is not JSON: %s", body)
			}
		})
	}
}

func TestWhoMay(t *testing.T) {
	a := start(t)
	for _, tt := range []struct {
		method, path, token string
		status              int
	}{
		{"POST", "/v1/events", "", 401},
		{"POST", "/v1/events", "wrong", 401},
		{"POST", "/v1/events", "fixed", 200},
		{"POST", "/v1/events", a.token, 200},
		{"POST", "/v1/events", a.admin, 403},
		{"DELETE", "/v1/visitors/v", "", 401},
		{"DELETE", "/v1/visitors/v", "fixed", 403},
		{"DELETE", "/v1/visitors/v", a.admin, 200},
		{"GET", "/healthz", "", 200},
		{"GET", "/readyz", "", 200},
		{"GET", "/metrics", "", 200},
		{"GET", "/v1/events", a.token, 405},
		{"GET", "/nothing", "", 404},
	} {
		if res, body := a.do(t, tt.method, tt.path, tt.token, one); res.StatusCode != tt.status {
			t.Errorf("%s %s with %q: %d %s; want %d", tt.method, tt.path, tt.token, res.StatusCode, body, tt.status)
		}
	}
	x, err := a.db.Explain(t.Context(), "desk", "c")
	if err != nil || x[0].Conversation.Source != "desk" {
		t.Errorf("the token's source: %+v, %v; want desk", x, err)
	}
}

func TestStoreAway(t *testing.T) {
	a := start(t)
	a.db.gone = true
	for _, token := range []string{a.token, "fixed"} {
		res, _ := a.do(t, "POST", "/v1/events", token, one)
		if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
			t.Errorf("while it is away: %d, Retry-After %q; want 503 and a time", res.StatusCode, res.Header.Get("Retry-After"))
		}
	}
	if res, _ := a.do(t, "GET", "/readyz", "", ""); res.StatusCode != 503 {
		t.Errorf("readyz while it is away: %d; want 503", res.StatusCode)
	}
	a.db.gone = false
	if res, body := a.do(t, "POST", "/v1/events", a.token, one); res.StatusCode != 200 || !strings.Contains(body, `"accepted":1`) {
		t.Errorf("when it is back: %d %s", res.StatusCode, body)
	}
	if _, body := a.do(t, "GET", "/metrics", "", ""); !strings.Contains(body, `agent_report_events_total{result="accepted"} 1`) || !strings.Contains(body, `route="POST /v1/events"`) {
		t.Errorf("metrics:\n%s", body)
	}
}

// TestReadyNamesFailedDigests holds that whoever looks whether the server is ready sees
// a digest that could not be posted, until one was.
func TestReadyNamesFailedDigests(t *testing.T) {
	a := start(t)
	sub := reports.Subscription{ID: "team", Channel: "C1", Schedule: "0 9 * * MON", Zone: "UTC", Language: "en", Definition: "standard"}
	if err := a.db.AddSubscription(t.Context(), sub, "U1"); err != nil {
		t.Fatal(err)
	}
	deliver := func(w reports.Week, state reports.DeliveryState, manual bool, want string) {
		t.Helper()
		d := reports.Delivery{ID: string(w) + string(state), Subscription: "team", Week: w, Due: w.Add(1).Start(time.UTC), State: state, Refusal: "not_in_channel", Manual: manual}
		if _, err := a.db.InsertDelivery(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if res, body := a.do(t, "GET", "/readyz", "", ""); res.StatusCode != 200 || body != want {
			t.Errorf("after %s of %s: %d %q; want %q", state, w, res.StatusCode, body, want)
		}
	}
	failed := "ready\nthe digest 2025-W39failed was not posted: failed not_in_channel"
	deliver("2025-W38", reports.Posted, false, "ready")
	deliver("2025-W39", reports.Failed, false, failed)
	deliver("2025-W40", reports.Failed, true, failed)   // who asked for it knows
	deliver("2025-W41", reports.Claimed, false, failed) // not done
	deliver("2025-W42", reports.Posted, false, "ready")
}

// TestOpenAPI compares the description with what the handlers do.
func TestAnswers(t *testing.T) {
	a := start(t)
	secret, err := a.db.CreateToken(t.Context(), "bot", "", []reports.Scope{reports.ScopeAnswers})
	if err != nil {
		t.Fatal(err)
	}
	get := func(path, etag, accept string) (int, string, string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, a.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+secret)
		req.Header.Set("If-None-Match", etag)
		req.Header.Set("Accept", accept)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, strings.TrimSpace(string(body)), res.Header.Get("ETag")
	}
	status, body, empty := get("/v1/answers", "", "")
	if status != http.StatusOK || body != "{\n  \"answers\": []\n}" || empty == "" {
		t.Errorf("no answers: %d %s, ETag %s", status, body, empty)
	}
	at := time.Date(2025, 9, 22, 9, 0, 0, 0, time.UTC)
	for i, x := range []reports.Answer{
		{ID: "A2", Question: "Where is\nmy refund?", Text: "*14 days*, <b>", Language: "en", CreatedAt: at.Add(time.Hour)},
		{ID: "A1", Question: "¿Dónde está?", Text: "14 días", Language: "es", CreatedAt: at},
		{ID: "A3", Question: "secret", Text: "secret", Language: "en", CreatedAt: at, Unpublished: true},
	} {
		if err := a.db.AddAnswer(t.Context(), x); err != nil {
			t.Fatal(i, err)
		}
	}
	status, body, etag := get("/v1/answers", empty, "")
	if status != http.StatusOK || etag == empty || strings.Contains(body, "secret") || !strings.Contains(body, `"answer": "*14 days*, <b>"`) || strings.Index(body, "A1") > strings.Index(body, "A2") {
		t.Errorf("answers: %d %s", status, body)
	}
	for _, known := range []string{etag, "W/" + etag, `"other", ` + etag, "*"} {
		if status, body, _ := get("/v1/answers", known, ""); status != http.StatusNotModified || body != "" {
			t.Errorf("If-None-Match %s: %d %q; want 304", known, status, body)
		}
	}
	if _, body, _ = get("/v1/answers?language=es", "", "text/csv"); body != "id,question,answer,language,created_at,changed_at\nA1,¿Dónde está?,14 días,es,2025-09-22T09:00:00Z," {
		t.Errorf("in Spanish as CSV: %q", body)
	}
	if _, body, _ = get("/v1/answers?format=markdown&language=en", "", ""); body != "## Where is my refund?\n\n*14 days*, <b>" {
		t.Errorf("as Markdown: %q", body)
	}
	if status, body, _ = get("/v1/answers?format=xml", "", ""); status != http.StatusBadRequest || !strings.Contains(body, "use json, csv or markdown") {
		t.Errorf("as XML: %d %s", status, body)
	}
	if res, _ := a.do(t, "GET", "/v1/answers", a.token, ""); res.StatusCode != http.StatusForbidden {
		t.Errorf("with a token for events: %d; want 403", res.StatusCode)
	}
	a.db.gone = true
	if status, _, _ = get("/v1/answers", "", ""); status != http.StatusServiceUnavailable {
		t.Errorf("the store is away: %d; want 503", status)
	}
}

func TestOpenAPI(t *testing.T) {
	a := start(t)
	b, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, body := a.do(t, "GET", "/v1/openapi.yaml", "", ""); body != strings.TrimSpace(string(b)) {
		t.Error("what is served is not openapi.yaml")
	}
	type schema struct {
		Required   []string
		Properties map[string]struct {
			MaxLength int `yaml:"maxLength"`
			Enum      []string
		}
	}
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]struct{ Responses map[string]any }
		Components struct{ Schemas map[string]schema }
	}
	if err := yaml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi is %q; want 3.1", doc.OpenAPI)
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			res, _ := a.do(t, strings.ToUpper(method), strings.NewReplacer("{id}", "x", "{name}", "rasa").Replace(path), a.token, one)
			if _, ok := op.Responses[fmt.Sprint(res.StatusCode)]; !ok {
				t.Errorf("%s %s answers %d, which is not described", method, path, res.StatusCode)
			}
		}
	}
	event := doc.Components.Schemas["Event"]
	var names []string
	typ := reflect.TypeFor[reports.Event]()
	for i := range typ.NumField() {
		if name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	var described []string
	for name := range event.Properties {
		described = append(described, name)
	}
	slices.Sort(names)
	slices.Sort(described)
	if !slices.Equal(names, described) {
		t.Errorf("an event has the fields %v, the description %v", names, described)
	}
	var types []string
	for _, x := range reports.EventTypes {
		types = append(types, string(x))
	}
	if got := event.Properties["type"].Enum; !slices.Equal(got, types) {
		t.Errorf("types %v are described; want %v", got, types)
	}
	for name, most := range map[string]int{"id": reports.MaxID, "text": reports.MaxText, "question": reports.MaxQuestion, "url": reports.MaxURL, "topic": reports.MaxTopic} {
		if got := event.Properties[name].MaxLength; got != most {
			t.Errorf("%s is described with %d characters; want %d", name, got, most)
		}
	}
}
