// Package embeddings asks an endpoint that speaks OpenAI's embeddings API what
// texts mean.
package embeddings

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client asks one endpoint for the vectors of one model.
type Client struct {
	url, key, model string
	http            *http.Client
}

const (
	// patience is how long an answer may take: a question is in a topic within
	// two seconds, with or without a vector.
	patience = 1500 * time.Millisecond
	// longest is how much of an answer is read: hundreds of vectors of 4,096
	// numbers written at length.
	longest = 64 << 20
)

// New returns a client. The address is the API's base, as https://host/v1, or
// that of the embeddings themselves. The key may be empty.
func New(address, key, model string) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is not an address such as https://host/v1", address)
	}
	if model == "" {
		return nil, errors.New("the name of a model is required")
	}
	if !strings.HasSuffix(u.Path, "/embeddings") {
		u = u.JoinPath("embeddings")
	}
	return &Client{u.String(), key, model, &http.Client{Timeout: patience}}, nil
}

// Model names the model.
func (c *Client) Model() string { return c.model }

// Embed returns the vector of each text, of length 1. The error names the
// endpoint and what it said, never the key.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, err := c.embed(ctx, texts)
	if err != nil {
		return nil, fmt.Errorf("embeddings of %s: %w", c.model, err)
	}
	return vectors, nil
}

func (c *Client) embed(ctx context.Context, texts []string) ([][]float32, error) {
	body, err := json.Marshal(map[string]any{"model": c.model, "input": texts, "encoding_format": "float"})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, longest))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s: %s", c.url, res.Status, said(answer))
	}
	return decode(answer, len(texts))
}

// said is what an endpoint that refuses says, in short.
func said(answer []byte) string {
	var e struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	text := string(answer)
	if json.Unmarshal(answer, &e) == nil && e.Error.Message != "" {
		text = e.Error.Message
	}
	return strings.Join(strings.Fields(text[:min(len(text), 300)]), " ")
}

// decode reads an answer with a vector for each of n texts.
func decode(answer []byte, n int) ([][]float32, error) {
	var list struct {
		Data []struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return nil, fmt.Errorf("the answer is not a list of embeddings: %w", err)
	}
	vectors := make([][]float32, n)
	for _, d := range list.Data {
		if d.Index < 0 || d.Index >= n || vectors[d.Index] != nil {
			return nil, fmt.Errorf("the answer has an embedding %d for %d texts", d.Index, n)
		}
		length := 0.0
		for _, x := range d.Embedding {
			length += float64(x) * float64(x)
		}
		if length = math.Sqrt(length); length == 0 || math.IsNaN(length) || math.IsInf(length, 0) {
			return nil, fmt.Errorf("embedding %d has no length", d.Index)
		}
		for i := range d.Embedding {
			d.Embedding[i] /= float32(length)
		}
		vectors[d.Index] = d.Embedding
	}
	for i, v := range vectors {
		if len(v) != len(vectors[0]) || v == nil {
			return nil, fmt.Errorf("the answer has no embedding %d, or one of another size", i)
		}
	}
	return vectors, nil
}
