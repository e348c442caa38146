package embeddings

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// stub answers as the API does: a vector that counts letters, in another order.
func stub(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Model string   `json:"model"`
			Input []string `json:"input"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.URL.Path != "/v1/embeddings" || in.Model != "tiny" {
			t.Errorf("%s %s: model %q, %v", r.Method, r.URL.Path, in.Model, err)
		}
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error": {"message": "Incorrect API key"}}`)
			return
		}
		type vector struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		}
		var data []vector
		for i := len(in.Input) - 1; i >= 0; i-- {
			data = append(data, vector{i, []float32{3, float32(4 * strings.Count(in.Input[i], "a"))}})
		}
		json.NewEncoder(w).Encode(map[string]any{"data": data})
	}))
	t.Cleanup(server.Close)
	return server
}

func TestEmbed(t *testing.T) {
	server := stub(t)
	for _, address := range []string{server.URL + "/v1", server.URL + "/v1/", server.URL + "/v1/embeddings"} {
		c, err := New(address, "secret", "tiny")
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Embed(t.Context(), []string{"b", "a"})
		if err != nil || fmt.Sprint(got) != "[[1 0] [0.6 0.8]]" {
			t.Errorf("Embed at %s = %v, %v; want unit vectors in the order of the texts", address, got, err)
		}
	}
	c, _ := New(server.URL+"/v1", "wrong", "tiny")
	if _, err := c.Embed(t.Context(), []string{"a"}); err == nil || !strings.Contains(err.Error(), "401") || !strings.Contains(err.Error(), "Incorrect API key") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("Embed with a wrong key = %v; want what the endpoint said, without the key", err)
	}
	server.Close()
	if _, err := c.Embed(t.Context(), []string{"a"}); err == nil || !strings.Contains(err.Error(), "tiny") {
		t.Errorf("Embed of a server that is away = %v", err)
	}
}

func TestNew(t *testing.T) {
	for _, tt := range []struct{ address, model, want string }{
		{"host/v1", "m", "is not an address"}, {"ftp://host", "m", "is not an address"}, {"http://", "m", "is not an address"}, {"http://h", "", "model"},
	} {
		if _, err := New(tt.address, "", tt.model); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("New(%q, %q) = %v; want %q", tt.address, tt.model, err, tt.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[0,2]}]}`, `{"data":[]}`, `[]`, `{"data":[{"index":7,"embedding":[1]}]}`,
		`{"data":[{"index":0,"embedding":[0]},{"index":1,"embedding":[1e39]}]}`, `{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`,
		`{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		vectors, err := decode(answer, 2)
		if err != nil {
			return
		}
		if len(vectors) != 2 || len(vectors[0]) == 0 || len(vectors[0]) != len(vectors[1]) {
			t.Errorf("decode(%s) = %v", answer, vectors)
		}
	})
}
