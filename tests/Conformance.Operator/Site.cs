using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Slipway.Conformance.Operator;

/// <summary>A web site: pages at a host, served by a number of replicas.</summary>
public sealed class Site : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>API group of the kind.</summary>
    public const string Group = "web.example.com";

    /// <summary>Its only version.</summary>
    public const string Version = "v1";

    /// <summary>Its name in paths.</summary>
    public const string Plural = "sites";

    /// <summary>Label of what belongs to a site, with the site's name.</summary>
    public const string Label = Group + "/site";

    /// <summary>Keeps a deleted site until its pages are archived.</summary>
    public const string Finalizer = Group + "/archived";

    [JsonPropertyName("apiVersion")] public string ApiVersion { get; set; } = $"{Group}/{Version}";

    [JsonPropertyName("kind")] public string Kind { get; set; } = "Site";

    [JsonPropertyName("metadata")] public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")] public SiteSpec Spec { get; set; } = new();

    [JsonPropertyName("status")] public SiteStatus? Status { get; set; }
}

/// <summary>What a site shall be.</summary>
public sealed class SiteSpec
{
    [JsonPropertyName("host")] public string Host { get; set; } = "";

    [JsonPropertyName("pages")] public IDictionary<string, string> Pages { get; set; } = new Dictionary<string, string>();

    /// <summary>How many serve it; given by the mutating webhook where absent.</summary>
    [JsonPropertyName("replicas")] public int? Replicas { get; set; }
}

/// <summary>What a site is.</summary>
public sealed class SiteStatus
{
    [JsonPropertyName("observedGeneration")] public long? ObservedGeneration { get; set; }

    [JsonPropertyName("url")] public string? Url { get; set; }

    [JsonPropertyName("conditions")] public IList<V1Condition> Conditions { get; set; } = [];
}

/// <summary>A list of sites.</summary>
public sealed class SiteList : IKubernetesObject<V1ListMeta>, IItems<Site>
{
    [JsonPropertyName("apiVersion")] public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")] public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")] public V1ListMeta Metadata { get; set; } = new();

    [JsonPropertyName("items")] public IList<Site> Items { get; set; } = [];
}
