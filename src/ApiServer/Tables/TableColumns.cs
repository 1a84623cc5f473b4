using System.Text.Json;

namespace Slipway.ApiServer.Tables;

/// <summary>A column of a table.</summary>
/// <param name="Name">Heading.</param>
/// <param name="Type"><c>string</c>, <c>integer</c>, <c>number</c>, <c>boolean</c>, <c>date</c>.</param>
/// <param name="Format">Hint such as <c>name</c>.</param>
/// <param name="Description">What it shows.</param>
/// <param name="Priority">0 for always, more for <c>-o wide</c> only.</param>
internal sealed record TableColumn(string Name, string Type, string Format, string Description, int Priority);

/// <summary>The columns of a kind and how an object becomes a row of cells.</summary>
internal abstract class TableColumns
{
    public abstract IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>Writes a value for each column.</summary>
    public abstract void WriteCells(Utf8JsonWriter json, JsonElement item, DateTimeOffset now);

    /// <summary>What a row says of its object beside the cells, as the JSON list of a row's conditions; null for nothing.</summary>
    public virtual string? Conditions(JsonElement item) => null;
}
