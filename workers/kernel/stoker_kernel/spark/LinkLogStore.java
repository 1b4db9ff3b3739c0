package stoker.delta;

import io.delta.storage.HadoopFileSystemLogStore;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.CopyOption;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * A table's log in a folder that several drivers write to: a commit is there whole or not at all, and a version that is
 * there stays. A hard link is made in one step by the file system and never replaces a file (POSIX, link).
 */
public final class LinkLogStore extends HadoopFileSystemLogStore {
    public LinkLogStore(Configuration configuration) {
        super(configuration);
    }

    public void write(Path path, Iterator actions, Boolean overwrite, Configuration configuration) throws IOException {
        Path folder = path.getFileSystem(configuration).resolvePath(path.getParent());
        java.nio.file.Path target = java.nio.file.Paths.get(folder.toUri().getPath(), new String[] {path.getName()});
        java.nio.file.Path whole = target.resolveSibling("." + path.getName() + "." + UUID.randomUUID() + ".tmp");
        try {
            BufferedWriter writer = Files.newBufferedWriter(whole, StandardCharsets.UTF_8, new OpenOption[0]);
            try {
                while (actions.hasNext()) {
                    writer.write((String) actions.next());
                    writer.write("\n");
                }
            } finally {
                writer.close();
            }
            // Hadoop's sum of what was there before does not fit what comes.
            Files.deleteIfExists(target.resolveSibling("." + path.getName() + ".crc"));
            if (overwrite.booleanValue()) {
                Files.move(whole, target, new CopyOption[] {StandardCopyOption.ATOMIC_MOVE});
            } else {
                link(target, whole);
            }
        } finally {
            Files.deleteIfExists(whole);
        }
    }

    private static void link(java.nio.file.Path target, java.nio.file.Path whole) throws IOException {
        try {
            Files.createLink(target, whole);
        } catch (FileAlreadyExistsException taken) {
            throw taken;
        } catch (FileSystemException withoutLinks) {
            // Whole still, but two that commit in one moment are not told apart.
            if (Files.exists(target, new LinkOption[0])) {
                throw new FileAlreadyExistsException(target.toString());
            }
            Files.move(whole, target, new CopyOption[] {StandardCopyOption.ATOMIC_MOVE});
        }
    }

    public Boolean isPartialWriteVisible(Path path, Configuration configuration) {
        return Boolean.FALSE;
    }
}
