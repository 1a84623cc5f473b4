using System.Text.Json;

namespace Slipway.ApiServer.Tables;

/// <summary>Writes the value of one cell.</summary>
internal delegate void CellWriter(Utf8JsonWriter json, JsonElement item, DateTimeOffset now);

/// <summary>A column of a built-in kind: its heading, and how its cells are written.</summary>
internal sealed record Column(string Name, CellWriter Write)
{
    /// <summary>Name of the object.</summary>
    public static readonly Column ObjectName = Text("Name", "metadata.name") with { Format = "name" };

    /// <summary>Time since the object was created.</summary>
    public static readonly Column Age = new("Age", (json, item, now) => json.WriteStringValue(Ages.Of(item, now))) { Field = "metadata.creationTimestamp" };

    /// <summary>When the object was created, for kinds without columns of their own.</summary>
    public static readonly Column CreatedAt = Text("Created At", "metadata.creationTimestamp") with { Type = "date" };

    public string Type { get; init; } = "string";

    public string Format { get; init; } = "";

    /// <summary>0 for always, 1 for <c>-o wide</c> only.</summary>
    public int Priority { get; init; }

    /// <summary>Path of the field whose description is the column's, from the root of the kind.</summary>
    public string Field { get; init; } = "";

    /// <summary>The description, where no field's fits.</summary>
    public string Description { get; init; } = "";

    /// <summary>The same column for <c>-o wide</c> only.</summary>
    public Column Wide => this with { Priority = 1 };

    /// <summary>The text of a field.</summary>
    public static Column Text(string name, string field, string absent = "")
    {
        var path = field.Split('.');
        return Of(name, item => item.Text(path) is { Length: > 0 } text ? text : absent) with { Field = field };
    }

    /// <summary>The integer of a field; 0 where it is absent.</summary>
    public static Column Integer(string name, string field)
    {
        var path = field.Split('.');
        return Number(name, item => item.Integer(path)) with { Field = field };
    }

    /// <summary>A boolean field.</summary>
    public static Column Flag(string name, string field, bool absent = false)
    {
        var path = field.Split('.');
        return new(name, (json, item, _) => json.WriteBooleanValue(item.Has(path) ? item.Flag(path) : absent)) { Type = "boolean", Field = field };
    }

    /// <summary>Time since a field's, in words; <paramref name="absent"/> when there is none.</summary>
    public static Column Since(string name, string field, string absent)
    {
        var path = field.Split('.');
        return new(name, (json, item, now) => json.WriteStringValue(item.Text(path) is { } time ? Ages.Since(time, now) : absent)) { Field = field };
    }

    /// <summary>A text that is made of the object.</summary>
    public static Column Of(string name, Func<JsonElement, string> read) => new(name, (json, item, _) => json.WriteStringValue(read(item)));

    /// <summary>A number that is made of the object.</summary>
    public static Column Number(string name, Func<JsonElement, long> read) =>
        new(name, (json, item, _) => json.WriteNumberValue(read(item))) { Type = "integer" };
}
