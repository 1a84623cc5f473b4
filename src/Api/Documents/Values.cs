using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Api.Documents;

/// <summary>Tolerant reading of one value: a value of another type reads as null.</summary>
public static class Values
{
    extension(JsonNode? node)
    {
        /// <summary>The value of a string node, otherwise null.</summary>
        public string? AsText() => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

        /// <summary>The value of an integer node that fits 64 bits, otherwise null.</summary>
        public long? AsInteger()
        {
            if (node is not JsonValue value || value.GetValueKind() != JsonValueKind.Number) return null;
            if (value.TryGetValue(out long number)) return number;
            return long.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out number) ? number : null;
        }

        /// <summary>The value of a boolean node, otherwise null.</summary>
        public bool? AsBoolean() => node?.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };

        /// <summary>The value as Kubernetes prints it in a message: strings quoted, everything else as JSON.</summary>
        public string Shown() => node is null ? "null" : node.ToJsonString(Relaxed);
    }

    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = Nesting.MaxDepth,
    };
}
