import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.TimeZone;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.quartz.CronExpression;

/**
 * What Quartz and Java answer, a line for a line.
 *
 * <p>{@code fires <after> <count> <zone> <expression>}: the next fires after the moment, ended by {@code none} when there
 * are no more; or {@code refused}, {@code failed}, {@code endless}. {@code zone <id>}: its offsets in minutes, each behind
 * the first week at whose start it holds (at midnight UTC, counted from 2000-01-01, up to 2099), or {@code unknown}.
 * {@code zones}: the ids that Java knows.
 */
public final class Oracle {
    private static final int PATIENCE_SECONDS = 3;
    private static final long Y2000 = 946_684_800_000L;
    private static final int WEEKS = 5_217;
    private static ExecutorService executor = newExecutor();

    private static ExecutorService newExecutor() {
        return Executors.newSingleThreadExecutor(
                task -> {
                    Thread thread = new Thread(task);
                    thread.setDaemon(true);
                    return thread;
                });
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(line));
        }
        out.flush();
        System.exit(0); // also while an endless search goes on
    }

    private static String answer(String line) throws InterruptedException {
        Future<String> future = executor.submit((Callable<String>) () -> of(line));
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException endless) {
            executor = newExecutor();
            return "endless";
        } catch (ExecutionException failure) {
            return "failed";
        }
    }

    private static String of(String line) {
        String[] words = line.split(" ", 5);
        if (words[0].equals("zones")) {
            return String.join(" ", TimeZone.getAvailableIDs());
        }
        if (words[0].equals("zone")) {
            return offsets(words[1]);
        }
        return fires(Long.parseLong(words[1]), Integer.parseInt(words[2]), words[3], words[4]);
    }

    private static String fires(long after, int count, String zone, String expression) {
        CronExpression cron;
        try {
            cron = new CronExpression(expression);
        } catch (java.text.ParseException refusal) {
            return "refused";
        }
        cron.setTimeZone(TimeZone.getTimeZone(zone));
        StringBuilder fires = new StringBuilder();
        Date last = new Date(after);
        for (int i = 0; i < count; i++) {
            last = cron.getNextValidTimeAfter(last);
            fires.append(i == 0 ? "" : " ").append(last == null ? "none" : last.getTime());
            if (last == null) {
                break;
            }
        }
        return fires.toString();
    }

    private static String offsets(String id) {
        TimeZone zone = TimeZone.getTimeZone(id);
        // Java takes GMT for an id that it does not know.
        if (zone.getID().equals("GMT") && !id.equals("GMT")) {
            return "unknown";
        }
        StringBuilder offsets = new StringBuilder();
        Integer last = null;
        for (long week = 0; week < WEEKS; week++) {
            int offset = zone.getOffset(Y2000 + week * 7 * 86_400_000) / 60_000;
            if (last == null || offset != last) {
                offsets.append(last == null ? "" : " ").append(week).append(':').append(offset);
                last = offset;
            }
        }
        return offsets.toString();
    }
}
