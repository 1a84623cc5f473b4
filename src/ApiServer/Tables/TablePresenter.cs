using System.Buffers;
using System.Text;
using System.Text.Json;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Tables;

/// <summary>Which part of each object a table's rows carry.</summary>
internal enum IncludeObject { Metadata, None, Object }

/// <summary>
/// Objects as a <c>Table</c>
/// (<see href="https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables"/>).
/// </summary>
internal sealed class TablePresenter(ServedResource resource, string metaVersion, IncludeObject include, TimeProvider clock) : JsonPresenter(resource)
{
    private readonly TableColumns _columns = resource.Table;
    private readonly MetadataPresenter _metadata = new(resource, metaVersion);
    private bool _columnsWritten;

    public override void WriteObject(IBufferWriter<byte> output, ObjectBytes bytes, long revision)
    {
        WriteListStart(output, new(revision, null, null));
        WriteItem(output, bytes, revision);
        output.Write("]}"u8);
    }

    public override void WriteEventObject(IBufferWriter<byte> output, CachedObject item, long revision)
    {
        WriteListStart(output, new(revision, null, null));
        // All watchers of this form share the row. Ages change with the second.
        var row = item.Encoded(new Row(Resource, metaVersion, include, clock.GetUtcNow().ToUnixTimeSeconds()), revision, () =>
        {
            using var made = new PooledBuffer(1024);
            WriteItem(made, Resource.View(item), revision);
            return made.WrittenSpan.ToArray();
        });
        output.Write(row);
        output.Write("]}"u8);
    }

    public override void WriteListStart(IBufferWriter<byte> output, ListMeta meta)
    {
        WriteListHead(output, "Table", $"meta.k8s.io/{metaVersion}", meta);
        output.Write("\"columnDefinitions\":"u8);
        // In a watch only the first table says what its columns are.
        if (_columnsWritten) output.Write("null"u8);
        else WriteColumns(output);
        _columnsWritten = true;
        output.Write(",\"rows\":["u8);
    }

    public override void WriteItem(IBufferWriter<byte> output, ObjectBytes bytes, long revision)
    {
        output.Write("{\"cells\":["u8);
        string? conditions;
        using (var cells = new PooledBuffer(512))
        {
            using (var document = JsonDocument.Parse(bytes.Json, Nesting.Document))
            using (var json = JsonBytes.Writer(cells))
            {
                json.WriteStartArray();
                _columns.WriteCells(json, document.RootElement, clock.GetUtcNow());
                json.WriteEndArray();
                conditions = _columns.Conditions(document.RootElement);
            }
            output.Write(cells.WrittenSpan[1..]);
        }
        if (conditions is not null) Encoding.UTF8.GetBytes($",\"conditions\":{conditions}", output);
        switch (include)
        {
            case IncludeObject.Object:
                output.Write(",\"object\":"u8);
                bytes.Write(output, revision);
                break;
            case IncludeObject.Metadata:
                output.Write(",\"object\":"u8);
                _metadata.WriteObject(output, bytes, revision);
                break;
        }
        output.Write("}"u8);
    }

    public override void WriteBookmarkObject(IBufferWriter<byte> output, long revision, bool initialEventsEnd)
    {
        var annotations = initialEventsEnd ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "";
        var row = include == IncludeObject.None
            ? ""
            : $"{{\"cells\":[],\"object\":{{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/{metaVersion}\",\"metadata\":{{\"resourceVersion\":\"{revision}\"{annotations}}}}}}}";
        Encoding.UTF8.GetBytes($$$"""{"kind":"Table","apiVersion":"meta.k8s.io/{{{metaVersion}}}","metadata":{"resourceVersion":"{{{revision}}}"},"columnDefinitions":null,"rows":[{{{row}}}]}""", output);
    }

    private void WriteColumns(IBufferWriter<byte> output)
    {
        using var json = JsonBytes.Writer(output);
        json.WriteStartArray();
        foreach (var column in _columns.Columns)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, column.Name);
            json.WriteString("type"u8, column.Type);
            json.WriteString("format"u8, column.Format);
            json.WriteString("description"u8, column.Description);
            json.WriteNumber("priority"u8, column.Priority);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private sealed record Row(ServedResource Resource, string MetaVersion, IncludeObject Include, long Second);
}
