using k8s.Models;

namespace Slipway.Flows.Tests;

public sealed class StepImageTests
{
    private const string Task = "- { name: a, cache: {}, image: 'x@sha256:00', steps: [{ name: one, image: 's:1', command: [a] }, { name: two, command: [b] }], sidecars: [{ name: db, image: 'd:1' }] }";

    [Fact]
    public void A_cached_task_waits_for_the_digests_of_its_steps_and_sidecars_and_runs_them()
    {
        var run = new RunSimulation(Task);
        Assert.Equal(["d:1", "s:1"], run.Plan().Create.Select(p => PodImage.Named(p.Pod)).Order(StringComparer.Ordinal));

        Tell(run, "1");

        var pod = Assert.Single(run.Plan().Create).Pod;
        Assert.Equal(["d@sha256:1", "s@sha256:1"], pod.Spec.InitContainers.Select(c => c.Image).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_result_is_another_one_when_another_image_is_behind_the_tag_of_a_step()
    {
        var (first, same, other) = (Identity("1"), Identity("1"), Identity("2"));
        Assert.Empty(first.DifferenceFrom(same));
        Assert.Equal(["pod"], first.DifferenceFrom(other));
    }

    [Fact]
    public void A_step_whose_digest_cannot_be_found_out_runs_by_its_tag_and_no_result_is_kept()
    {
        var run = new RunSimulation(Task);
        foreach (var pod in run.Plan().Create.Select(p => p.Pod).ToList())
        {
            pod.Status = new V1PodStatus { Phase = "Failed" };
            run.Pods.Add(pod);
        }

        var planned = Assert.Single(run.Plan().Create);
        Assert.Equal(["d:1", "s:1"], planned.Pod.Spec.InitContainers.Select(c => c.Image).Order(StringComparer.Ordinal));
        Assert.Null(planned.Cached);
        Assert.False(planned.Pod.Metadata.Annotations.ContainsKey(FlowNames.CacheAnnotation));
    }

    private static CacheIdentity Identity(string digest)
    {
        var run = new RunSimulation(Task);
        Tell(run, digest);
        return Assert.Single(run.Plan().Create).Cached!.Identity;
    }

    /// <summary>The pods that find out what tags mean tell it.</summary>
    private static void Tell(RunSimulation run, string digest)
    {
        foreach (var pod in run.Plan().Create.Select(p => p.Pod).ToList())
        {
            pod.Status = new V1PodStatus
            {
                Phase = "Succeeded",
                ContainerStatuses = [new V1ContainerStatus { Name = FlowNames.Container, ImageID = $"{PodImage.Named(pod).Split(':')[0]}@sha256:{digest}" }],
            };
            run.Pods.Add(pod);
        }
    }
}
