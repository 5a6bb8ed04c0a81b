package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Print writes one line for each finding, and what to do below it.
func Print(to io.Writer, findings []Finding) error {
	width := 0
	for _, f := range findings {
		width = max(width, len(f.Check))
	}
	var text strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&text, "%-7s  %-*s  %s", f.Level, width, f.Check, f.Says)
		if f.Do != "" {
			fmt.Fprintf(&text, ": %s", f.Do)
		}
		text.WriteByte('\n')
	}
	_, err := io.WriteString(to, text.String())
	return err
}

// PrintJSON writes the findings as one JSON object, with the worst level of them.
func PrintJSON(to io.Writer, findings []Finding) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Level    Level     `json:"level"`
		Findings []Finding `json:"findings"`
	}{Worst(findings), findings})
}
