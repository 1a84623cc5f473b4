using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Tables;

/// <summary>Custom resources as a table, by the <c>additionalPrinterColumns</c> of their definition.</summary>
internal sealed class CustomTable : TableColumns
{
    private static readonly TableColumn NameColumn = new("Name", "string", "name", "Name must be unique within a namespace.", 0);
    private static readonly TableColumn AgeColumn = new("Age", "date", "", "CreationTimestamp is the time when the object was created.", 0);

    private readonly List<(string Type, SimplePath? Path)> _cells;

    private CustomTable(IReadOnlyList<TableColumn> columns, List<(string, SimplePath?)> cells) => (Columns, _cells) = (columns, cells);

    public override IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>The table of a version of a definition; name and age when it declares no columns.</summary>
    public static CustomTable For(JsonObject version)
    {
        var columns = new List<TableColumn> { NameColumn };
        var cells = new List<(string, SimplePath?)>();
        foreach (var column in version.Objects("additionalPrinterColumns"))
        {
            var type = column.Text("type") ?? "string";
            columns.Add(new TableColumn(
                column.Text("name") ?? "", type, column.Text("format") ?? "",
                column.Text("description") ?? $"Custom resource definition column (in JSONPath format): {column.Text("jsonPath")}",
                (int)(column.Integer("priority") ?? 0)));
            cells.Add((type, SimplePath.Parse(column.Text("jsonPath") ?? "")));
        }
        if (cells.Count == 0)
        {
            columns.Add(AgeColumn);
            cells.Add(("date", SimplePath.Parse(".metadata.creationTimestamp")));
        }
        return new CustomTable(columns, cells);
    }

    public override void WriteCells(Utf8JsonWriter json, JsonElement item, DateTimeOffset now)
    {
        json.WriteStringValue(item.Text("metadata", "name"));
        foreach (var (type, path) in _cells) WriteCell(json, type, path?.First(item) ?? default, now);
    }

    private static void WriteCell(Utf8JsonWriter json, string type, JsonElement value, DateTimeOffset now)
    {
        switch (type, value.ValueKind)
        {
            case (_, JsonValueKind.Undefined or JsonValueKind.Null): json.WriteNullValue(); break;
            case ("integer" or "number", JsonValueKind.Number): value.WriteTo(json); break;
            case ("boolean", JsonValueKind.True or JsonValueKind.False): value.WriteTo(json); break;
            case ("date", JsonValueKind.String): json.WriteStringValue(Ages.Since(value.GetString(), now)); break;
            case ("string", JsonValueKind.String): value.WriteTo(json); break;
            case ("string", _): json.WriteStringValue(value.GetRawText()); break;
            case ("integer", JsonValueKind.String) when long.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var number): json.WriteNumberValue(number); break;
            default: json.WriteNullValue(); break;
        }
    }
}
