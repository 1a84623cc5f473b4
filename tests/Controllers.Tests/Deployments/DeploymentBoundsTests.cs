namespace Slipway.Controllers.Tests.Deployments;

/// <summary>Random sequences of changes, crashes and late statuses.</summary>
public sealed class DeploymentBoundsTests
{
    public static IEnumerable<TheoryDataRow<int>> Seeds => Enumerable.Range(1, 80).Select(seed => new TheoryDataRow<int>(seed));

    [Theory, MemberData(nameof(Seeds))]
    public void A_rollout_never_leaves_its_bounds_whatever_templates_follow_each_other(int seed)
    {
        var random = new Random(seed);
        var model = new DeploymentModel(random);
        var rolling = model.Spec["strategy"]!["rollingUpdate"]!;
        model.Spec["replicas"] = random.Next(1, 12);
        rolling["maxSurge"] = random.Next(3) == 0 ? "25%" : random.Next(0, 4);
        rolling["maxUnavailable"] = random.Next(3) == 0 ? "25%" : random.Next(0, 4);
        model.Settle();
        Assert.Equal(model.Deployment.Replicas, model.Available);

        for (var step = 0; step < 400; step++)
        {
            Act(random, model);
            if (random.Next(15) == 0)
                model.Spec["template"]!["v"] = random.Next(5);
            var deployment = model.Deployment;
            Assert.True(model.Alive <= deployment.Replicas + deployment.MaxSurge, $"step {step}: {model.Alive} pods of at most {deployment.Replicas + deployment.MaxSurge}");
            Assert.True(model.Available >= deployment.Replicas - deployment.MaxUnavailable, $"step {step}: {model.Available} available of at least {deployment.Replicas - deployment.MaxUnavailable}");
        }
        CheckSettled(model);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Whatever_changes_in_the_end_it_is_as_declared(int seed)
    {
        var random = new Random(seed);
        var model = new DeploymentModel(random);
        for (var step = 0; step < 300; step++)
        {
            Act(random, model);
            switch (random.Next(30))
            {
                case 0:
                    model.Spec["template"]!["v"] = random.Next(5);
                    break;
                case 1:
                    model.Spec["replicas"] = random.Next(0, 12);
                    break;
                case 2:
                    model.Spec["paused"] = random.Next(2) == 0;
                    break;
                case 3:
                    model.Spec["strategy"]!["rollingUpdate"] = new System.Text.Json.Nodes.JsonObject { ["maxSurge"] = random.Next(0, 3), ["maxUnavailable"] = $"{random.Next(0, 101)}%" };
                    break;
                case 4:
                    model.Spec["strategy"]!["type"] = random.Next(3) == 0 ? "Recreate" : "RollingUpdate";
                    break;
                case 5 when model.Pods.ToList() is { Count: > 0 } pods:
                    pods[random.Next(pods.Count)].Status = new() { Phase = "Failed" };
                    break;
            }
        }
        CheckSettled(model);
    }

    private static void Act(Random random, DeploymentModel model)
    {
        switch (random.Next(3))
        {
            case 0:
                model.Roll();
                break;
            case 1 when model.Sets.ToList() is { Count: > 0 } sets:
                model.Fill(sets[random.Next(sets.Count)]);
                break;
            case 2 when model.Pods.ToList() is { Count: > 0 } pods:
                model.Live(pods[random.Next(pods.Count)]);
                break;
        }
    }

    private static void CheckSettled(DeploymentModel model)
    {
        model.Spec["paused"] = false;
        model.Settle();
        var deployment = model.Deployment;
        Assert.Equal((deployment.Replicas, deployment.Replicas), (model.Available, model.Pods.Count(pod => pod.IsActive)));
        var sets = DeploymentSets.Of(deployment, model.Sets);
        Assert.Equal(deployment.Replicas, sets.New!.Replicas);
        Assert.All(sets.Old, set => Assert.Equal(0, set.Replicas));
        Assert.True(sets.Old.Count <= 2);
        Assert.Equal("NewReplicaSetAvailable", deployment.ConditionOf("Progressing")!.Reason);
    }
}
