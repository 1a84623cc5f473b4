using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Api.Documents;

/// <summary>
/// The type and metadata of an object document
/// (<see href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/"/>).
/// Text that is absent reads as the empty string, as Kubernetes treats the two alike; setting it to the empty
/// string removes the field.
/// </summary>
public static class Meta
{
    extension(JsonObject document)
    {
        public string ApiVersion { get => document.Text("apiVersion") ?? ""; set => Set(document, "apiVersion", value); }

        public string Kind { get => document.Text("kind") ?? ""; set => Set(document, "kind", value); }

        /// <summary>The <c>metadata</c> object, put in when absent.</summary>
        public JsonObject Metadata => document.ObjectOrNew("metadata");

        public string Name { get => Read(document, "name"); set => Set(document.Metadata, "name", value); }

        public string Namespace { get => Read(document, "namespace"); set => Set(document.Metadata, "namespace", value); }

        public string GenerateName { get => Read(document, "generateName"); set => Set(document.Metadata, "generateName", value); }

        public string Uid { get => Read(document, "uid"); set => Set(document.Metadata, "uid", value); }

        public string ResourceVersion { get => Read(document, "resourceVersion"); set => Set(document.Metadata, "resourceVersion", value); }

        public long Generation
        {
            get => document.Object("metadata")?.Integer("generation") ?? 0;
            set => document.Metadata["generation"] = value;
        }

        /// <summary>Labels; null when there are none.</summary>
        public JsonObject? Labels { get => document.Object("metadata")?.Object("labels"); set => SetNode(document, "labels", value); }

        /// <summary>Annotations; null when there are none.</summary>
        public JsonObject? Annotations { get => document.Object("metadata")?.Object("annotations"); set => SetNode(document, "annotations", value); }

        /// <summary>Owner references; null when there are none.</summary>
        public JsonArray? OwnerReferences { get => document.Object("metadata")?.Array("ownerReferences"); set => SetNode(document, "ownerReferences", value); }

        /// <summary>Names of the finalizers, none when there are none. Setting an empty list removes the field.</summary>
        public IReadOnlyList<string> Finalizers
        {
            get => document.Object("metadata")?.Array("finalizers")?.Select(f => f.AsText() ?? "").ToArray() ?? [];
            set => SetNode(document, "finalizers", value.Count == 0 ? null : new JsonArray([.. value.Select(f => (JsonNode)f)]));
        }

        /// <summary>When the object was created; null before that or when it is not a time.</summary>
        public DateTimeOffset? CreationTimestamp { get => ReadTime(document, "creationTimestamp"); set => SetTime(document, "creationTimestamp", value); }

        /// <summary>When the object is to be gone, if it is being deleted.</summary>
        public DateTimeOffset? DeletionTimestamp { get => ReadTime(document, "deletionTimestamp"); set => SetTime(document, "deletionTimestamp", value); }

        public long? DeletionGracePeriodSeconds
        {
            get => document.Object("metadata")?.Integer("deletionGracePeriodSeconds");
            set => SetNode(document, "deletionGracePeriodSeconds", value is null ? null : JsonValue.Create(value.Value));
        }

        /// <summary>Whether deletion has been asked for.</summary>
        public bool IsBeingDeleted => document.Object("metadata")?["deletionTimestamp"] is not null;

        /// <summary>Namespace and name.</summary>
        public ObjectKey Key => new(document.Namespace, document.Name);
    }

    /// <summary>A time as Kubernetes writes it in metadata: UTC with whole seconds.</summary>
    public static string FormatTime(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A <c>MicroTime</c> as Kubernetes writes it in leases and events: UTC with six decimals.</summary>
    public static string FormatMicroTime(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads an RFC 3339 time; null when it is not one.</summary>
    public static DateTimeOffset? ParseTime(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static string Read(JsonObject document, string name) => document.Object("metadata")?.Text(name) ?? "";

    private static DateTimeOffset? ReadTime(JsonObject document, string name) => ParseTime(document.Object("metadata")?.Text(name));

    private static void SetTime(JsonObject document, string name, DateTimeOffset? value) =>
        SetNode(document, name, value is { } time ? FormatTime(time) : null);

    private static void Set(JsonObject holder, string name, string value)
    {
        if (value.Length == 0) holder.Remove(name);
        else holder[name] = value;
    }

    private static void SetNode(JsonObject document, string name, JsonNode? value)
    {
        if (value is null) document.Object("metadata")?.Remove(name);
        else document.Metadata[name] = value;
    }
}
