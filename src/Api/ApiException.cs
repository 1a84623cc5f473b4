namespace Slipway.Api;

/// <summary>
/// A refusal of the API: the fields of a Kubernetes <c>Status</c> with <c>status: Failure</c>
/// (<see href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/"/>).
/// Thrown by the pure steps of the API server and by typed clients alike.
/// </summary>
public sealed class ApiException(int code, string reason, string message) : Exception(message)
{
    /// <summary>HTTP status code.</summary>
    public int Code { get; } = code;

    /// <summary>Machine-readable reason, such as <c>NotFound</c>, <c>AlreadyExists</c>, <c>Conflict</c>, <c>Invalid</c>.</summary>
    public string Reason { get; } = reason;

    /// <summary>API group of the object that was refused.</summary>
    public string? Group { get; init; }

    /// <summary>Kind (for writes) or resource (for look-ups) of the object that was refused.</summary>
    public string? Kind { get; init; }

    /// <summary>Name of the object that was refused.</summary>
    public string? Name { get; init; }

    /// <summary>The fields at fault.</summary>
    public IReadOnlyList<StatusCause> Causes { get; init; } = [];

    /// <summary>Seconds to wait before trying again, if the server said.</summary>
    public int? RetryAfterSeconds { get; init; }

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiException Forbidden(string message) => new(403, "Forbidden", message);

    public static ApiException NotFound(string group, string resource, string name) =>
        new(404, "NotFound", $"{Qualified(resource, group)} \"{name}\" not found") { Group = group, Kind = resource, Name = name };

    public static ApiException AlreadyExists(string group, string resource, string name) =>
        new(409, "AlreadyExists", $"{Qualified(resource, group)} \"{name}\" already exists") { Group = group, Kind = resource, Name = name };

    public static ApiException Conflict(string group, string resource, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {Qualified(resource, group)} \"{name}\": {why}") { Group = group, Kind = resource, Name = name };

    /// <summary>410: the resource version or continue token asked for has been compacted.</summary>
    public static ApiException Expired(string message) => new(410, "Expired", message);

    /// <summary>422 with one cause for each field at fault.</summary>
    public static ApiException Invalid(string group, string kind, string name, IReadOnlyList<StatusCause> causes)
    {
        var list = causes.Count == 1 ? $"{causes[0].Field}: {causes[0].Message}" : $"[{string.Join(", ", causes.Select(c => $"{c.Field}: {c.Message}"))}]";
        return new(422, "Invalid", $"{Qualified(kind, group)} \"{name}\" is invalid: {list}") { Group = group, Kind = kind, Name = name, Causes = causes };
    }

    public static ApiException TooManyRequests(string message, int retryAfterSeconds) =>
        new(429, "TooManyRequests", message) { RetryAfterSeconds = retryAfterSeconds };

    public static ApiException Internal(string message) => new(500, "InternalError", message);

    public static ApiException Timeout(string message) => new(504, "Timeout", message);

    /// <summary>504: the request took longer than the server allows, or was given up.</summary>
    public static ApiException OutOfTime() => Timeout("request did not complete within the allotted timeout");

    private static string Qualified(string resourceOrKind, string group) => group.Length == 0 ? resourceOrKind : $"{resourceOrKind}.{group}";
}

/// <summary>One field at fault in a refused object.</summary>
/// <param name="Reason">Machine-readable reason: <c>FieldValueInvalid</c>, <c>FieldValueRequired</c>, <c>FieldValueNotSupported</c>, <c>FieldValueDuplicate</c>, <c>FieldValueForbidden</c>, <c>FieldValueTypeInvalid</c>.</param>
/// <param name="Field">Path of the field, such as <c>spec.containers[0].image</c>.</param>
/// <param name="Message">What is wrong, with the value, such as <c>Required value</c> or <c>Invalid value: "x": must be …</c>.</param>
public readonly record struct StatusCause(string Reason, string Field, string Message)
{
    public static StatusCause Required(string field, string detail = "") => new("FieldValueRequired", field, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public static StatusCause Invalid(string field, string value, string detail) => new("FieldValueInvalid", field, $"Invalid value: {value}: {detail}");

    public static StatusCause NotSupported(string field, string value, IEnumerable<string> supported) =>
        new("FieldValueNotSupported", field, $"Unsupported value: {value}: supported values: {string.Join(", ", supported.Select(s => $"\"{s}\""))}");

    public static StatusCause Duplicate(string field, string value) => new("FieldValueDuplicate", field, $"Duplicate value: {value}");

    public static StatusCause Forbidden(string field, string detail) => new("FieldValueForbidden", field, $"Forbidden: {detail}");

    public static StatusCause TypeInvalid(string field, string value, string detail) => new("FieldValueTypeInvalid", field, $"Invalid value: {value}: {detail}");
}
