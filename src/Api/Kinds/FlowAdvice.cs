namespace Slipway.Api.Kinds;

/// <summary>What is allowed in a flow, and probably not what its writer wants.</summary>
/// <param name="Field">Path of the field.</param>
/// <param name="Message">What to think of, and what to do.</param>
public readonly record struct FlowAdvice(string Field, string Message)
{
    /// <summary>All that is to be said of a flow; nothing of it keeps the flow from running.</summary>
    public static IEnumerable<FlowAdvice> Of(FlowSpec flow)
    {
        var images = Images(flow).Where(i => IsUnversioned(i.Image)).DistinctBy(i => i.Image)
            .Select(i => new FlowAdvice(i.Field, $"the image {i.Image} has no version, so that runs of different days may run different programs; give it a tag other than latest, or its digest"));
        var called = flow.WrittenTasks.Select(t => t.Template).ToHashSet();
        var unused = (flow.Templates ?? []).Select((t, i) => (Template: t, Field: $"spec.templates[{i}].name")).Where(t => !called.Contains(t.Template.Name))
            .Select(t => new FlowAdvice(t.Field, $"no task calls the template {t.Template.Name}; call it, or take it out"));
        return images.Concat(unused);
    }

    private static IEnumerable<(string Field, string Image)> Images(FlowSpec flow)
    {
        foreach (var image in Of("spec.defaults", flow.Defaults))
            yield return image;
        foreach (var (field, task) in FlowRules.FieldsOf(flow))
        {
            foreach (var image in Of(field, task))
                yield return image;
            for (var i = 0; i < (task.Steps?.Count ?? 0); i++)
            {
                if (task.Steps![i].Image is { } step)
                    yield return ($"{field}.steps[{i}].image", step);
            }
        }

        static IEnumerable<(string, string)> Of(string field, TaskOptions? options)
        {
            if (options?.Image is { } own)
                yield return ($"{field}.image", own);
            for (var i = 0; i < (options?.Sidecars?.Count ?? 0); i++)
                yield return ($"{field}.sidecars[{i}].image", options!.Sidecars![i].Image);
        }
    }

    /// <summary>Whether a reference names no digest and no tag but latest (<see href="https://github.com/distribution/reference"/>); one with expressions may.</summary>
    private static bool IsUnversioned(string image)
    {
        if (image.Length == 0 || image.Contains("${{", StringComparison.Ordinal) || image.Contains('@', StringComparison.Ordinal))
            return false;
        var tag = image.LastIndexOf(':');
        return tag <= image.LastIndexOf('/') || image[(tag + 1)..] == "latest";
    }
}
