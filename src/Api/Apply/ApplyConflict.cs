namespace Slipway.Api.Apply;

/// <summary>Fields that an apply would change and others own.</summary>
internal static class ApplyConflict
{
    private const string Reason = "FieldManagerConflict";

    /// <summary>409 that names each manager and its fields.</summary>
    /// <param name="conflicts">The managers with those of their fields that are in conflict.</param>
    public static ApiException Of(IReadOnlyList<ManagerEntry> conflicts)
    {
        var causes = new List<StatusCause>();
        var lines = new List<string>();
        foreach (var (shown, fields) in conflicts.Select(c => (Shown: c.Shown(), c.Fields)).OrderBy(c => c.Shown, StringComparer.Ordinal))
        {
            lines.Add($"conflicts with {shown}:");
            foreach (var path in fields.Shown())
            {
                causes.Add(new(Reason, path, $"conflict with {shown}"));
                lines.Add($"- {path}");
            }
        }
        var message = causes.Count == 1
            ? $"Apply failed with 1 conflict: {causes[0].Message}: {causes[0].Field}"
            : $"Apply failed with {causes.Count} conflicts: {string.Join('\n', lines)}";
        return new ApiException(409, "Conflict", message) { Causes = causes };
    }
}
