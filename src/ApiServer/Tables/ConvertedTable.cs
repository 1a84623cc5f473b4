using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Tables;

/// <summary>A kind whose table is that of the form in which it is stored.</summary>
/// <param name="stored">The table of the stored form.</param>
/// <param name="toStored">From the served document to the stored one.</param>
internal sealed class ConvertedTable(TableColumns stored, Func<JsonObject, JsonObject> toStored) : TableColumns
{
    public override IReadOnlyList<TableColumn> Columns => stored.Columns;

    public override void WriteCells(Utf8JsonWriter json, JsonElement item, DateTimeOffset now)
    {
        var bytes = JsonBytes.Of(toStored(JsonObject.Create(item)!));
        using var document = JsonDocument.Parse(new ReadOnlySequence<byte>(bytes), Nesting.Document);
        stored.WriteCells(json, document.RootElement, now);
    }
}
