using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

/// <summary>Tasks that others reach while they run.</summary>
public sealed class ServiceTests
{
    private const string Database = """
        - { name: db, command: [db], service: { port: 5432 } }
        - { name: load, command: [load, "${{ tasks.db.address }}"] }
        - { name: ask, command: [ask, "${{ tasks.db.host }}"], needs: [load] }
        - { name: report, command: [report], needs: [ask] }
        """;

    private static string Peers => FlowNames.Peers("uid-1");

    [Fact]
    public void What_needs_it_begins_when_it_is_ready_and_it_ends_with_the_last_of_that()
    {
        var run = new RunSimulation(Database);
        Assert.Equal(["db"], run.Start());
        var pod = run.Pod("db");
        Assert.Equal(("db", Peers, Peers), (pod.Spec.Hostname, pod.Spec.Subdomain, pod.Metadata.Labels[FlowNames.PeersLabel]));
        Assert.Equal("5432", pod.Spec.Containers[0].ReadinessProbe.TcpSocket.Port.Value);
        Assert.Empty(run.Start());
        run.Running("db");
        Assert.Empty(run.Start());
        Assert.Equal("db is not ready: its port 5432 takes no connections", run.Plan().Status.Message);
        run.Ready("db");
        Assert.Equal(["load"], run.Start());
        Assert.Equal(["load", $"db.{Peers}:5432"], RunSimulation.Command(run.Pod("load")));
        run.End("load");
        Assert.Equal(["ask"], run.Start());
        Assert.Equal(["ask", $"db.{Peers}"], RunSimulation.Command(run.Pod("ask")));
        Assert.Empty(run.EndPlanned());
        run.End("ask");
        Assert.Equal(["db: Succeeded nothing needs it any more"], run.EndPlanned());
        Assert.Equal(["report"], run.Start()); // which does not wait for its end
        run.End("report");
        Assert.Equal(FlowPhase.Running, run.Plan().Status.Phase);
        run.End("db", exitCode: 143, reason: "Signal");
        Assert.Equal((AttemptReason.Succeeded, ""), (run.Attempts[^1].Reason, run.Attempts[^1].Message));
        Assert.Equal(FlowPhase.Succeeded, run.Plan().Status.Phase);
    }

    [Fact]
    public void The_Service_of_names_is_there_before_its_pod()
    {
        var names = Assert.Single(new RunSimulation(Database).Plan().Create).NameService!;
        Assert.Equal((Peers, "None", true), (names.Metadata.Name, names.Spec.ClusterIP, names.Spec.PublishNotReadyAddresses));
        Assert.Equal("f-1", Assert.Single(names.Metadata.OwnerReferences).Name);
    }

    [Fact]
    public void A_path_is_asked_by_http()
    {
        var run = new RunSimulation("- { name: model, command: [m], service: { port: 8080, readyPath: /healthz } }\n- { name: use, command: [u], needs: [model] }");
        run.Start();
        var probe = run.Pod("model").Spec.Containers[0].ReadinessProbe;
        Assert.Null(probe.TcpSocket);
        Assert.Equal(("8080", "/healthz"), (probe.HttpGet.Port.Value, probe.HttpGet.Path));
        run.Running("model");
        Assert.Equal("model is not ready: /healthz at its port 8080 does not answer as it should", run.Plan().Status.Message);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(", join: Any", true)]
    [InlineData(", when: \"true\"", false)]
    public void It_is_not_waited_for_by_what_cannot_run_with_it_either(string how, bool isSkipped)
    {
        var run = new RunSimulation($"- {{ name: a, command: [a] }}\n- {{ name: db, command: [db], service: {{ port: 1 }} }}\n- {{ name: load, command: [load], needs: [a, db]{how} }}", "defaults: { image: 'x@sha256:00' }");
        Assert.Equal(["a", "db"], run.Start());
        run.End("a", exitCode: 1, reason: "Error");
        string[] ended = isSkipped ? ["db: Succeeded nothing needs it any more"] : [];
        Assert.Equal(ended, run.EndPlanned());
        var load = run.Plan().Status.Tasks!.Single(t => t.Name == "load");
        Assert.Equal(isSkipped ? (FlowPhase.Skipped, "load was skipped because a failed") : (FlowPhase.Pending, "load waits for the service db"), (load.Phase, load.Message));
    }

    [Fact]
    public void It_ends_when_what_needs_it_has_failed()
    {
        var run = Begun("- { name: db, command: [db], service: { port: 1 } }\n- { name: load, command: [load], needs: [db] }");
        run.End("load", exitCode: 1, reason: "Error");
        Assert.Equal(["db: Succeeded nothing needs it any more"], run.EndPlanned());
        run.End("db", exitCode: 137, reason: "Signal");
        var status = run.Plan().Status;
        Assert.Equal((FlowPhase.Failed, FlowPhase.Succeeded), (status.Phase, status.Tasks!.Single(t => t.Name == "db").Phase));
    }

    [Fact]
    public void One_that_dies_is_started_again_under_its_name_and_nothing_new_begins_meanwhile()
    {
        var run = Begun("""
            - { name: db, command: [db], service: { port: 1 }, retries: { limit: 1, backoff: 10s } }
            - { name: load, command: [load], forEach: [a, b, c], parallelism: 2, needs: [db] }
            - { name: late, command: [late], needs: [db, load] }
            """, ["load[0]", "load[1]"]);
        run.End("db", exitCode: 1, reason: "Error");
        run.End("load[0]");
        Assert.Empty(run.Start());
        Assert.Empty(run.Plan().End);
        Assert.Equal("load[2] waits for the service db", run.Plan().Status.Tasks!.Single(t => t.Name == "load").Message);
        run.Now = run.Now.AddSeconds(10);
        Assert.Equal(["db"], run.Start());
        Assert.Equal(("db", "2"), (run.Pod("db").Spec.Hostname, RunSimulation.Env(run.Pod("db"), "SLIPWAY_ATTEMPT")));
        Assert.Empty(run.Start());
        run.Ready("db");
        Assert.Equal(["load[2]"], run.Start());
        run.End("load[1]");
        run.End("load[2]");
        Assert.Equal(["late"], run.Start());
    }

    [Fact]
    public void One_that_has_died_when_nothing_needs_it_any_more_is_left_so()
    {
        var run = Begun("- { name: db, command: [db], service: { port: 1 }, retries: { limit: 1 } }\n- { name: load, command: [load], needs: [db] }");
        run.End("db", exitCode: 1, reason: "Error");
        run.End("load");
        run.Now = run.Now.AddMinutes(1);
        Assert.Empty(run.Start());
        Assert.Equal(FlowPhase.Succeeded, run.Plan().Status.Phase);
    }

    [Theory]
    [InlineData(0, "false", FlowPhase.Succeeded)]
    [InlineData(1, "false", FlowPhase.Succeeded)]
    [InlineData(-1, "false", FlowPhase.Failed)]                  // it was needed still
    [InlineData(1, "tasks.db.phase == 'Running'", FlowPhase.Failed)] // and would have been
    public void One_that_fails_after_what_needs_it_has_succeeded(int seconds, string when, string phase)
    {
        var run = Begun($"- {{ name: db, command: [db], service: {{ port: 1 }} }}\n- {{ name: load, command: [load], needs: [db] }}\n- {{ name: ask, command: [ask], needs: [db, load], when: \"{when}\" }}");
        run.Now = run.Now.AddMinutes(1);
        run.End("load");
        run.Now = run.Now.AddSeconds(seconds);
        run.End("db", exitCode: 1, reason: "Error");
        Assert.Empty(run.Start());
        var status = run.Plan().Status;
        Assert.Equal((phase, phase), (status.Phase, status.Tasks!.Single(t => t.Name == "db").Phase));
    }

    [Fact]
    public void What_was_not_begun_when_it_failed_is_missed()
    {
        var run = Begun("- { name: db, command: [db], service: { port: 1 } }\n- { name: load, command: [load], needs: [db] }\n- { name: ask, command: [ask], needs: [db, load] }");
        run.End("load");
        run.End("db", exitCode: 1, reason: "Error");
        Assert.Empty(run.Start());
        Assert.Equal((FlowPhase.Failed, "db ended with exit code 1; see slipway logs f-1 db"), (run.Plan().Status.Phase, run.Plan().Status.Message));
    }

    [Fact]
    public void One_may_fail_while_another_that_needs_it_is_being_ended()
    {
        var run = new RunSimulation("""
            - { name: scheduler, command: [s], service: { port: 1 } }
            - { name: workers, command: [w], needs: [scheduler], service: { port: 2 } }
            - { name: client, command: [c], needs: [scheduler, workers] }
            """);
        foreach (var service in new[] { "scheduler", "workers" })
        {
            Assert.Equal([service], run.Start());
            run.Ready(service);
        }

        Assert.Equal(["client"], run.Start());
        run.End("client");
        Assert.Equal(["workers: Succeeded nothing needs it any more"], run.EndPlanned());
        run.End("scheduler", exitCode: 1, reason: "Error");
        run.Now = run.Now.AddSeconds(5);
        run.End("workers", exitCode: 143, reason: "Signal");
        Assert.Equal(FlowPhase.Succeeded, run.Plan().Status.Phase);
    }

    [Theory]
    // What the client does when the scheduler dies, whether the workers do, too; what is ended then; how client, workers and scheduler end.
    [InlineData("succeeded", false, "workers: Succeeded nothing needs it any more", "Succeeded Succeeded Succeeded")]
    [InlineData("succeeded", true, "", "Succeeded Succeeded Succeeded")]
    [InlineData("failed", false, "workers: Succeeded nothing needs it any more", "Failed Succeeded Failed")]
    [InlineData("runs", false, "client: ServiceFailed scheduler, a service that it needs, has failed, workers: ServiceFailed scheduler, a service that it needs, has failed", "Failed Failed Failed")]
    [InlineData("runs", true, "client: ServiceFailed scheduler, a service that it needs, has failed", "Failed Failed Failed")]
    public void One_that_needs_another_has_not_failed_with_that_when_nothing_needs_it_any_more(string client, bool workersDie, string ended, string phases)
    {
        var run = new RunSimulation("""
            - { name: scheduler, command: [s], service: { port: 1 } }
            - { name: workers, command: [w], needs: [scheduler], service: { port: 2 }, retries: { limit: 3, backoff: 1h } }
            - { name: client, command: [c], needs: [scheduler, workers] }
            """);
        foreach (var service in new[] { "scheduler", "workers" })
        {
            Assert.Equal([service], run.Start());
            run.Ready(service);
        }

        Assert.Equal(["client"], run.Start());
        if (client != "runs")
            run.End("client", exitCode: client == "failed" ? 1 : 0, reason: client == "failed" ? "Error" : "");
        run.Now = run.Now.AddSeconds(1);
        run.End("scheduler", exitCode: 1, reason: "Error");
        if (workersDie)
            run.End("workers", exitCode: 1, reason: "Error");
        Assert.Equal(ended, string.Join(", ", run.EndPlanned()));
        run.Now = run.Now.AddSeconds(1);
        foreach (var live in run.Live.ConvertAll(RunSimulation.ItemOf))
            run.End(live, exitCode: 143, reason: "Signal");
        Assert.Empty(run.Start());
        var tasks = run.Plan().Status.Tasks!.ToDictionary(t => t.Name, t => t.Phase);
        Assert.Equal(phases, $"{tasks["client"]} {tasks["workers"]} {tasks["scheduler"]}");
    }

    [Fact]
    public void When_it_has_failed_for_good_what_needs_it_is_ended_and_nothing_more_of_it_begins()
    {
        var run = Begun("""
            - { name: db, command: [db], service: { port: 1 } }
            - { name: load, command: [load], forEach: [a, b, c], parallelism: 2, needs: [db], retries: { limit: 3 } }
            - { name: other, command: [other], needs: [db], when: "true" }
            - { name: late, command: [late], needs: [db, load] }
            """, ["load[0]", "load[1]", "other"]);
        run.End("load[0]");
        run.End("db", exitCode: 7, reason: "Error");
        Assert.Empty(run.Start());
        Assert.Equal(["load[1]: ServiceFailed db, a service that it needs, has failed"], run.EndPlanned());
        run.End("load[1]", exitCode: 143, reason: "Signal");
        Assert.Equal(AttemptReason.ServiceFailed, run.Attempts[^1].Reason);
        Assert.Equal("load[1] was ended because db, a service that it needs, has failed; see slipway logs f-1 'load[1]'", run.Attempts[^1].Message);
        run.Now = run.Now.AddMinutes(1);
        Assert.Empty(run.Start());
        Assert.Empty(run.Plan().End); // what has a condition of its own goes on
        run.End("other");
        var status = run.Plan().Status;
        Assert.Equal((FlowPhase.Failed, "db ended with exit code 7; see slipway logs f-1 db (and 1 more task failed)"), (status.Phase, status.Message));
        Assert.Equal(["Failed", "Failed", "Succeeded", "Skipped"], status.Tasks!.Select(t => t.Phase));
    }

    [Fact]
    public void What_begins_after_it_is_skipped_when_it_has_failed_before()
    {
        var run = new RunSimulation("- { name: db, command: [db], service: { port: 1 } }\n- { name: load, command: [load], needs: [db] }\n- { name: mourn, command: [m], needs: [db], when: \"tasks.db.failed > 0\" }");
        run.Start();
        run.End("db", exitCode: 1, reason: "Error");
        Assert.Equal(["mourn"], run.Start());
        run.End("mourn");
        Assert.Equal("load was skipped because db failed", run.Plan().Status.Tasks!.Single(t => t.Name == "load").Message);
    }

    [Theory]
    [InlineData(true, false, AttemptReason.Deleted, "db ended with 0 because its pod was deleted; see slipway logs f-1 db")]
    [InlineData(false, true, AttemptReason.Evicted, "db was evicted from node node-1")]
    [InlineData(false, false, AttemptReason.Succeeded, "")]
    public void An_end_with_0_is_one_of_its_own_will_only_where_nobody_has_ended_it(bool isDeleted, bool isEvicted, string reason, string message)
    {
        var run = Begun("- { name: db, command: [db], service: { port: 1 }, retries: { limit: 1 } }\n- { name: load, command: [load], needs: [db] }");
        var pod = run.Pod("db");
        pod.Metadata.DeletionTimestamp = isDeleted ? run.Now.UtcDateTime : null;
        pod.Spec.NodeName = "node-1";
        pod.Status = new V1PodStatus
        {
            Phase = isEvicted ? "Failed" : "Succeeded",
            Reason = isEvicted ? "Evicted" : null,
            ContainerStatuses = [new V1ContainerStatus { Name = "task", State = new V1ContainerState { Terminated = new V1ContainerStateTerminated { ExitCode = 0 } } }],
        };
        run.Record(pod, new AttemptSources(TaskReport.Parse("""{"version":1,"exitCode":0}"""), null, new Dictionary<string, string>()));
        Assert.Equal((reason, message), (run.Attempts[^1].Reason, run.Attempts[^1].Message));
        Assert.Empty(run.Plan().End);
        run.End("load");
        Assert.Empty(run.Start());
    }

    [Fact]
    public void A_service_may_need_another_which_then_ends_after_it()
    {
        var run = new RunSimulation("""
            - { name: scheduler, command: [s], service: { port: 8786 } }
            - { name: workers, command: [w, "${{ tasks.scheduler.address }}"], forEach: { range: { from: 1, to: 2 } }, service: { port: 9000 } }
            - { name: client, command: [c, "${{ tasks.scheduler.address }}", "${{ tasks.workers.host.join(',') }}"] }
            """);
        Assert.Equal(["scheduler"], run.Start());
        run.Ready("scheduler");
        Assert.Equal(["workers[0]", "workers[1]"], run.Start());
        run.Ready("workers[0]");
        Assert.Empty(run.Start());
        run.Ready("workers[1]");
        Assert.Equal(["client"], run.Start());
        var hosts = RunSimulation.Command(run.Pod("client"))[2].Split(',');
        Assert.Equal([.. new[] { "workers[0]", "workers[1]" }.Select(i => $"{run.Pod(i).Spec.Hostname}.{Peers}")], hosts);
        Assert.NotEqual(hosts[0], hosts[1]);
        run.End("client");
        Assert.Equal(["workers[0]: Succeeded nothing needs it any more", "workers[1]: Succeeded nothing needs it any more"], run.EndPlanned());
        run.End("workers[0]", exitCode: 143);
        Assert.Empty(run.EndPlanned());
        run.End("workers[1]", exitCode: 143);
        Assert.Equal(["scheduler: Succeeded nothing needs it any more"], run.EndPlanned());
        run.End("scheduler", exitCode: 143);
        Assert.Equal(FlowPhase.Succeeded, run.Plan().Status.Phase);
    }

    [Fact]
    public void If_one_of_several_fails_for_good_the_others_are_ended_too()
    {
        var run = new RunSimulation("- { name: db, command: [db], forEach: [a, b], service: { port: 1 } }\n- { name: load, command: [load], needs: [db] }");
        run.Start();
        run.Ready("db[0]");
        Assert.Equal(["db[1]"], run.Start()); // once it is known what the image is
        run.End("db[1]", exitCode: 3, reason: "Error");
        Assert.Equal(["db[0]: ServiceFailed db[1] has failed"], run.EndPlanned());
        run.End("db[0]", exitCode: 143);
        Assert.Empty(run.Start());
        var status = run.Plan().Status;
        Assert.Equal(("db[0] was ended because db[1] has failed; see slipway logs f-1 'db[0]'", AttemptReason.ServiceFailed), (run.Attempts[^1].Message, run.Attempts[^1].Reason));
        Assert.Equal(["Failed", "Skipped"], status.Tasks!.Select(t => t.Phase));
    }

    [Fact]
    public void It_waits_with_its_calls_for_a_service_of_their_caller()
    {
        var run = new RunSimulation("""
            - { name: db, command: [db], service: { port: 1 }, retries: { limit: 1, backoff: 10s } }
            - { name: days, template: day, forEach: [mon, tue], with: { at: "${{ tasks.db.address }}" } }
            """, """
            defaults: { image: "x:1" }
            templates:
              - name: day
                params: [{ name: at }]
                tasks:
                  - { name: own, command: [own], service: { port: 2 } }
                  - { name: one, command: [one, "${{ params.at }}", "${{ tasks.own.host }}"] }
                  - { name: two, command: [two], needs: [one] }
            """);
        Assert.Equal(["db"], run.Start());
        run.Ready("db");
        Assert.Equal(["days[0].own", "days[1].own"], run.Start());
        run.Ready("days[0].own");
        run.Ready("days[1].own");
        Assert.Equal(["days[0].one", "days[1].one"], run.Start());
        Assert.Equal($"db.{Peers}:1", RunSimulation.Command(run.Pod("days[0].one"))[1]);
        Assert.Equal(2, run.Pods.Where(p => PodIdentity.Of(p)!.Path.Name == "one").Select(p => RunSimulation.Command(p)[2]).Distinct().Count());
        run.End("db", exitCode: 1, reason: "Error");
        run.End("days[0].one");
        Assert.Equal(["days[0].own: Succeeded nothing needs it any more"], run.EndPlanned());
        Assert.Empty(run.Start());
        Assert.Equal("days[0].two waits for the service db", run.Plan().Status.Tasks!.Single(t => t.Name == "days.two").Message);
        run.Now = run.Now.AddSeconds(10);
        Assert.Equal(["db"], run.Start());
        run.Ready("db");
        Assert.Equal(["days[0].two"], run.Start());
        run.End("days[1].one");
        run.End("db", exitCode: 1, reason: "Error"); // for good
        Assert.Equal(["days[0].two: ServiceFailed db, a service that it needs, has failed", "days[1].own: ServiceFailed db, a service that it needs, has failed"], run.EndPlanned());
        run.End("days[0].two", exitCode: 143);
        run.End("days[0].own", exitCode: 143);
        run.End("days[1].own", exitCode: 143);
        Assert.Empty(run.Start());
        Assert.Equal(FlowPhase.Failed, run.Plan().Status.Phase);
    }

    [Fact]
    public void It_is_ended_with_its_run_and_one_of_always_serves_that()
    {
        var run = Begun("- { name: db, command: [db], service: { port: 1 } }\n- { name: load, command: [load], needs: [db] }", header: """
            defaults: { image: "x:1" }
            always:
              - { name: mail, command: [mail], service: { port: 25 } }
              - { name: tell, command: [tell, "${{ tasks.mail.address }}"] }
            """);
        run.Stop = new RunStop { By = "anna" };
        Assert.Equal(["db: RunStopped the run was stopped by anna", "load: RunStopped the run was stopped by anna"], run.EndPlanned().Order());
        run.End("db", exitCode: 0);
        run.End("load", exitCode: 143);
        Assert.Equal(AttemptReason.RunStopped, run.Attempts[0].Reason);
        Assert.Equal(["mail"], run.Start());
        run.Ready("mail");
        Assert.Equal(["tell"], run.Start());
        run.End("tell");
        Assert.Equal(["mail: Succeeded nothing needs it any more"], run.EndPlanned());
        run.End("mail");
        Assert.Equal((FlowPhase.Failed, "the run was stopped by anna"), (run.Plan().Status.Phase, run.Plan().Status.Message));
    }

    [Fact]
    public void One_that_does_not_get_ready_is_given_up_after_its_waitLimit()
    {
        var run = new RunSimulation("- { name: db, command: [db], service: { port: 1 }, waitLimit: 5m }\n- { name: load, command: [load], needs: [db] }");
        run.Start();
        run.Running("db");
        Assert.Equal(run.Now.AddMinutes(5), run.Plan().NextDeadline);
        run.Now = run.Now.AddMinutes(5);
        var hopeless = Assert.Single(run.Plan().GiveUp);
        Assert.Equal((AttemptReason.WaitLimit, "db is not ready: its port 1 takes no connections, for longer than its waitLimit; raise waitLimit, or correct the command or service"), (hopeless.Reason, hopeless.Message));
    }

    [Fact]
    public void It_is_suspended_like_any_other_and_ends_all_the_same()
    {
        var run = Begun("- { name: db, command: [db], service: { port: 1 } }\n- { name: load, command: [load], needs: [db] }");
        run.IsSuspended = true;
        run.End("load");
        Assert.Equal(["db: Succeeded nothing needs it any more"], run.EndPlanned());
    }

    [Fact]
    public void What_comes_at_the_end_tells_of_one_that_failed()
    {
        var run = Begun("- { name: db, command: [db], service: { port: 1 } }\n- { name: load, command: [load], needs: [db] }", header: """
            defaults: { image: 'x:1' }
            always: [{ name: tell, command: [tell, "${{ tasks.db.phase }}"] }]
            """);
        run.End("db", exitCode: 1);
        run.EndPlanned();
        run.End("load", exitCode: 143);
        Assert.Equal(["tell"], run.Start());
        Assert.Equal("Failed", run.Pod("tell").Spec.Containers[0].Command[^1]);
        Assert.Empty(run.Plan().End);
    }

    [Fact]
    public void Nothing_is_taken_over_of_it_and_of_what_needs_it()
    {
        var run = Begun("- { name: a, command: [a] }\n- { name: db, command: [db], needs: [a], service: { port: 1 } }\n- { name: load, command: [load], needs: [db] }", first: "a");
        run.End("load");
        run.EndPlanned();
        run.End("db");
        Assert.Equal(["a"], TakeOver.Of(run.View() with { Pods = [] }, run.View().Definition, null, _ => true).Select(t => t.Path.Text));
    }

    /// <summary>A run of a service db that is ready, and what needs it has begun.</summary>
    private static RunSimulation Begun(string tasks, string[]? started = null, string header = "defaults: { image: 'x:1' }", string? first = null)
    {
        var run = new RunSimulation(tasks, header);
        if (first is not null)
        {
            Assert.Equal([first], run.Start());
            run.End(first);
        }

        Assert.Equal(["db"], run.Start());
        run.Ready("db");
        Assert.Equal(started ?? ["load"], run.Start());
        return run;
    }
}
