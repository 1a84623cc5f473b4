using System.Text.Json;

namespace Slipway.ApiServer.Tables;

/// <summary>Tolerant reading of elements: what is absent or of another type reads as nothing.</summary>
internal static class JsonElements
{
    extension(JsonElement element)
    {
        /// <summary>The element at a path of properties; undefined when there is none.</summary>
        public JsonElement At(params ReadOnlySpan<string> path)
        {
            var current = element;
            foreach (var step in path)
            {
                if (current.ValueKind != JsonValueKind.Object || !current.TryGetProperty(step, out current)) return default;
            }
            return current;
        }

        /// <summary>The text at a path; null when there is none.</summary>
        public string? Text(params ReadOnlySpan<string> path) => element.At(path) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

        /// <summary>The integer at a path; 0 when there is none.</summary>
        public long Integer(params ReadOnlySpan<string> path) =>
            element.At(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : 0;

        /// <summary>Whether the boolean at a path is there and true.</summary>
        public bool Flag(params ReadOnlySpan<string> path) => element.At(path).ValueKind == JsonValueKind.True;

        /// <summary>The items of the list at a path; none when there is no list.</summary>
        public IEnumerable<JsonElement> Items(params ReadOnlySpan<string> path) =>
            element.At(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

        /// <summary>The number of properties or items at a path.</summary>
        public int Count(params ReadOnlySpan<string> path) => element.At(path) switch
        {
            { ValueKind: JsonValueKind.Object } map => map.EnumerateObject().Count(),
            { ValueKind: JsonValueKind.Array } list => list.GetArrayLength(),
            _ => 0,
        };

        /// <summary>Whether something other than null is at a path.</summary>
        public bool Has(params ReadOnlySpan<string> path) => element.At(path).ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);
    }
}
