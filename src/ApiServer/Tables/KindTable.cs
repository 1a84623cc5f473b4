using System.Text.Json;
using Slipway.Api;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.Tables;

/// <summary>A built-in kind as a table.</summary>
/// <param name="type">The kind.</param>
/// <param name="columns">Its columns.</param>
/// <param name="conditions">What a row says beside its cells; null for nothing.</param>
internal sealed class KindTable(ResourceType type, IReadOnlyList<Column> columns, Func<JsonElement, string?>? conditions = null) : TableColumns
{
    /// <inheritdoc/>
    /// <remarks>Descriptions are read from the kind's schema when they are asked for, as they are most of its size.</remarks>
    public override IReadOnlyList<TableColumn> Columns =>
        field ??= [.. columns.Select(c => new TableColumn(c.Name, c.Type, c.Format, c.Description.Length > 0 ? c.Description : DescriptionOf(c.Field), c.Priority))];

    public override void WriteCells(Utf8JsonWriter json, JsonElement item, DateTimeOffset now)
    {
        foreach (var column in columns) column.Write(json, item, now);
    }

    public override string? Conditions(JsonElement item) => conditions?.Invoke(item);

    private string DescriptionOf(string path)
    {
        Schema? schema = type.Schema;
        foreach (var step in path.Split('.'))
        {
            if (schema is null) return "";
            schema = (schema.Items ?? schema).Properties.GetValueOrDefault(step);
        }
        return schema?.Description?.Invoke() ?? "";
    }
}
