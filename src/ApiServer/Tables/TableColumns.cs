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
internal abstract class TableColumns(IReadOnlyList<TableColumn> columns)
{
    public IReadOnlyList<TableColumn> Columns { get; } = columns;

    /// <summary>Writes a value for each column.</summary>
    public abstract void WriteCells(Utf8JsonWriter json, JsonElement item, DateTimeOffset now);

    protected static TableColumn Column(string name, string type = "string", int priority = 0, string format = "", string description = "") =>
        new(name, type, format, description.Length > 0 ? description : name, priority);

    protected static TableColumn NameColumn { get; } =
        new("Name", "string", "name", "Name must be unique within a namespace.", 0);

    protected static TableColumn AgeColumn { get; } =
        new("Age", "string", "", "Time since the object was created.", 0);
}
