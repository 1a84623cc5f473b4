using System.Text;

namespace Slipway.Client;

/// <summary>Which objects to list or watch.</summary>
public sealed record ListOptions
{
    /// <summary>Label selector in the API's syntax, such as <c>app=web,tier!=db</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Field selector in the API's syntax, such as <c>spec.nodeName=node-1</c>.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Objects in one answer; further ones are fetched with the continue token. The whole list by default.</summary>
    public int? PageSize { get; init; }

    /// <summary>List what was there at this resource version (410 if the server no longer knows); what is there now when null. A watch does not read it.</summary>
    public string? AtVersion { get; init; }

    /// <summary>The <c>Accept</c> header; full objects by default.</summary>
    public string Accept { get; init; } = Api.MediaTypes.Json;

    /// <summary>The query string for these options and <paramref name="further"/> parameters, with its leading <c>?</c>; empty when there are none.</summary>
    internal string Query(params ReadOnlySpan<(string Name, string? Value)> further)
    {
        var query = new StringBuilder();
        Add("labelSelector", LabelSelector);
        Add("fieldSelector", FieldSelector);
        foreach (var (name, value) in further)
            Add(name, value);
        return query.ToString();

        void Add(string name, string? value)
        {
            if (value is { Length: > 0 })
                query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }
}

/// <summary>The answer to a list: the objects and the resource version at which they were read.</summary>
/// <param name="Items">The objects.</param>
/// <param name="ResourceVersion">Where a watch that follows this list begins.</param>
public sealed record ObjectList<T>(IReadOnlyList<T> Items, string ResourceVersion);

/// <summary>How to delete an object.</summary>
public sealed record DeleteOptions
{
    /// <summary><c>Background</c>, <c>Foreground</c> or <c>Orphan</c>; the resource's default when null.</summary>
    public string? PropagationPolicy { get; init; }

    /// <summary>Seconds that a pod gets to end; 0 removes it at once.</summary>
    public long? GracePeriodSeconds { get; init; }

    /// <summary>Delete only the object with this uid.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only at this resource version.</summary>
    public string? ResourceVersion { get; init; }
}
